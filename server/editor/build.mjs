// Copies what the pages need from node_modules into server/static/vendor/, with licences and a list of versions.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const vendor = join(here, "..", "static", "vendor");
const files = [
  ["@zazuko/yasqe", "build/yasqe.min.js"],
  ["@zazuko/yasqe", "build/yasqe.min.css"],
];

rmSync(vendor, { recursive: true, force: true });
mkdirSync(vendor, { recursive: true });
for (const [name, path] of files) {
  copyFileSync(join(modules, name, path), join(vendor, path.split("/").pop()));
}

// The bundle holds its dependencies too, so all of them are named.
const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));
const notices = Object.entries(lock.packages)
  .filter(([path]) => path)
  .map(([path, { version, license }]) => {
    const folder = join(here, path);
    const text = existsSync(folder) && readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    return `${path.replace(/^node_modules\//, "")} ${version} (${license})\n${text ? readFileSync(join(folder, text), "utf8") : ""}`;
  });
writeFileSync(join(vendor, "LICENSES.txt"), notices.join("\n----\n\n"));
