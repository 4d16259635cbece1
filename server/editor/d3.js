// What the drawings of the pages need of D3 and TopoJSON, as one script that sets `d3`; charts.js draws with it.
export { axisBottom } from "d3-axis";
export { drag } from "d3-drag";
export { forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
export { geoEqualEarth, geoGraticule, geoPath } from "d3-geo";
export { scaleLinear, scaleSqrt, scaleUtc } from "d3-scale";
export { select } from "d3-selection";
export { zoom, zoomIdentity, zoomTransform } from "d3-zoom";
export { feature } from "topojson-client";
