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

// The continents of Natural Earth (public domain) as one picture in tenths of degrees, south downwards, for the maps.
const atlas = JSON.parse(readFileSync(join(modules, "world-atlas", "land-110m.json"), "utf8"));
const { scale, translate } = atlas.transform;
const arcs = atlas.arcs.map((arc) => {
  let [x, y] = [0, 0];
  return arc.map(([dx, dy]) => [(x += dx) * scale[0] + translate[0], (y += dy) * scale[1] + translate[1]]);
});
const ring = (numbers) => {
  const points = numbers.flatMap((n) => (n < 0 ? [...arcs[~n]].reverse() : arcs[n]));
  const [start, ...rest] = points.map(([x, y]) => [Math.round(10 * x), Math.round(-10 * y)]);
  let [left, top] = start;
  const steps = rest.flatMap(([x, y]) => {
    const step = [x - left, y - top];
    [left, top] = [x, y];
    return step.some(Boolean) ? [step.join(" ")] : [];
  });
  return `M${start.join(" ")}l${steps.join(" ").replaceAll(" -", "-")}z`; // steps are half as long as places
};
const land = atlas.objects.land.geometries
  .flatMap(({ type, arcs }) => (type === "Polygon" ? [arcs] : arcs))
  .flatMap((polygon) => polygon.map(ring));
writeFileSync(
  join(vendor, "land.svg"),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1800 -900 3600 1800" width="3600" height="1800"><path fill="#888" fill-opacity=".35" d="${land.join("")}"/></svg>\n`,
);

// The bundle holds its dependencies too, so all of them are named.
const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));
const notices = Object.entries(lock.packages)
  .filter(([path, { dev }]) => path && !dev)
  .map(([path, { version, license }]) => {
    const folder = join(here, path);
    const text = existsSync(folder) && readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    return `${path.replace(/^node_modules\//, "")} ${version} (${license})\n${text ? readFileSync(join(folder, text), "utf8") : ""}`;
  });
writeFileSync(join(vendor, "LICENSES.txt"), notices.join("\n----\n\n"));
