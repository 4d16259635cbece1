// Makes what the pages need of node_modules in server/static/vendor/, with licences and a list of versions.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { feature } from "topojson-client";
import { topology } from "topojson-server";

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

// Of D3 only what charts.js calls; what is left out is most of it.
buildSync({
  entryPoints: [join(here, "d3.js")],
  outfile: join(vendor, "d3.min.js"),
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "d3",
  target: "es2020",
  banner: { js: "/* D3 (ISC, BSD-3-Clause) and topojson-client (ISC): LICENSES.txt */" },
  logLevel: "warning",
});

// The continents of Natural Earth (public domain), to tenths of degrees, for the maps.
const atlas = JSON.parse(readFileSync(join(modules, "world-atlas", "land-110m.json"), "utf8"));
const land = topology({ land: feature(atlas, atlas.objects.land) }, 3600);
writeFileSync(join(vendor, "land.json"), JSON.stringify(land));

// The bundles hold their dependencies too, so all of them are named.
const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));
const notices = Object.entries(lock.packages)
  .filter(([path, { dev }]) => path && !dev)
  .map(([path, { version, license }]) => {
    const folder = join(here, path);
    const text = existsSync(folder) && readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    return `${path.replace(/^node_modules\//, "")} ${version} (${license})\n${text ? readFileSync(join(folder, text), "utf8") : ""}`;
  });
writeFileSync(join(vendor, "LICENSES.txt"), notices.join("\n----\n\n"));
