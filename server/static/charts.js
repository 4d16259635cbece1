// Draws the figures of a page with D3: timelines, networks, maps and bars. Colours and strokes are site.css's.
// Without this script, or without the vendor files, the table or list of the same things stands alone.
"use strict";

const DAY = 864e5; // milliseconds
const SHORTEST = 8; // days that a timeline shows at least
const KEYS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };
const draw = { timeline, network, map, bar };

function show(figure) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const part = (name, role) => d3.select(figure).append(name).attr("class", role);
  const chart = {
    data,
    figure,
    tools: part("div", "tools").attr("role", "group").attr("aria-label", "Zoom"),
    drawing: part("div", "drawing"),
    told: part("p", "told").attr("aria-hidden", "true"), // what has the focus is said by its own label
  };
  if (data.key) key(chart, part("ul", "key"));
  figure.hidden = false;
  let width = 0;
  new ResizeObserver(() => {
    const now = Math.floor(chart.drawing.node().clientWidth);
    if (!now || now === width) return;
    width = now;
    chart.drawing.selectChildren().remove();
    chart.tools.selectChildren().remove();
    draw[figure.dataset.view](chart, width);
  }).observe(chart.drawing.node());
  for (const details of document.querySelectorAll("details.equivalent")) details.open = false;
}

// What the colours mean; in a network each kind of tie can be left out.
function key({ data, figure }, list) {
  const item = list.selectAll("li").data(Object.entries(data.key)).join("li").attr("class", ([colour]) => colour);
  const label = item.append(data.edges ? "label" : "span");
  if (data.edges) {
    label.append("input").attr("type", "checkbox").property("checked", true)
      .on("change", (event, [colour]) => figure.classList.toggle(`no-${colour}`, !event.target.checked));
  }
  const swatch = label.append("svg").attr("width", 26).attr("height", 12).attr("aria-hidden", "true");
  if (data.edges) swatch.append("line").attr("class", ([colour]) => `edge ${colour} ${dash(data, colour)}`).attr("x2", 24).attr("y1", 6).attr("y2", 6);
  else swatch.attr("width", 12).append("circle").attr("cx", 6).attr("cy", 6).attr("r", 6);
  label.append("span").text(([, meaning]) => meaning);
}

// ---- what all drawings have

function canvas({ drawing, figure }, width, height) {
  return drawing.append("svg").attr("width", width).attr("height", height)
    .attr("role", "group").attr("aria-label", figure.querySelector("figcaption").textContent);
}

// Things that have the focus and lead to their pages: the tabulator reaches the first, the arrows the others.
function items(parent, things, label, on) {
  const item = parent.selectAll(".item").data(things).join((enter) => enter.append(({ href }) =>
    document.createElementNS("http://www.w3.org/2000/svg", href ? "a" : "g")));
  item.attr("class", (d) => `item ${d.colour ?? ""}`).attr("href", (d) => d.href ?? null).attr("aria-label", label)
    .attr("role", (d) => (d.href ? null : "img")).attr("tabindex", (_, i) => (i ? -1 : 0))
    .on("focus.item pointerenter.item", (event, d) => on.point(d, event.type === "focus"))
    .on("blur.item pointerleave.item", () => on.leave());
  // A finger cannot point without pressing: its first tap points, the second follows.
  let pointed = null;
  item.on("pointerdown.item", function ({ pointerType }) { this.touched = pointerType === "touch"; })
    .on("click.item", function (event, d) {
      if (this.touched && pointed !== d) event.preventDefault();
      pointed = d;
    })
    .on("keydown.item", function (event) {
      const step = KEYS[event.key];
      if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const all = item.nodes();
      const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(this) + step))];
      item.attr("tabindex", -1);
      next.setAttribute("tabindex", 0);
      next.focus();
    });
  return item;
}

// Zoom by buttons, by pinching, by Ctrl and the wheel: the page scrolls over a drawing that is shown whole.
function zoomable({ tools }, svg, most, onZoom, start = d3.zoomIdentity) {
  const box = [[0, 0], [+svg.attr("width"), +svg.attr("height")]];
  const zoom = d3.zoom().scaleExtent([1, most]).extent(box).translateExtent(box).duration(0)
    .filter((event) => {
      if (event.type === "wheel") return event.ctrlKey || event.metaKey;
      return !event.button && (event.touches?.length > 1 || d3.zoomTransform(svg.node()).k > 1);
    })
    .on("zoom", ({ transform }) => {
      buttons.property("disabled", ({ step }) => (step > 1 ? transform.k >= most : transform.k <= 1));
      onZoom(transform);
    });
  const steps = [{ name: "Zoom in", sign: "+", step: 2 }, { name: "Zoom out", sign: "−", step: 0.5 }, { name: "Show all", sign: "All", step: 0 }];
  const buttons = tools.selectAll("button").data(steps).join("button").attr("type", "button")
    .attr("aria-label", ({ name }) => name).attr("title", ({ name }) => name).text(({ sign }) => sign)
    .on("click", (_, { step }) => (step ? svg.call(zoom.scaleBy, step) : svg.call(zoom.transform, d3.zoomIdentity)));
  svg.call(zoom).on("dblclick.zoom", null);
  svg.call(zoom.transform, start);
  return zoom;
}

function shorten(text, width) {
  text.each(function () {
    const whole = this.textContent;
    for (let n = whole.length; n && this.getComputedTextLength() > width; n -= 1) this.textContent = `${whole.slice(0, n - 1).trimEnd()}…`;
    if (this.textContent !== whole) d3.select(this).append("title").text(whole);
  });
}

// ---- timeline

function timeline(chart, width) {
  const { data, told } = chart;
  const time = (day) => (day ? Date.parse(day) : NaN);
  const marks = data.marks.map((mark) => ({ ...mark, from: time(mark.day), to: time(mark.until) })); // NaN: an open end
  const known = marks.flatMap(({ from, to }) => [from, to]).filter(Number.isFinite);
  let [first, last] = [Math.min(...known), Math.max(...known)];
  const free = Math.max(0, SHORTEST * DAY - (last - first)) / 2;
  [first, last] = [first - free, last + free];
  const edge = Math.min(40, width / 12);
  const whole = d3.scaleUtc([first, last], [edge, width - edge]);
  const size = d3.scaleSqrt([0, Math.max(4, ...marks.map(({ weight }) => weight))], [4, 10]);
  const left = (x, mark) => (Number.isFinite(mark.from) ? x(mark.from) : 0);
  const right = (x, mark) => (Number.isFinite(mark.to) ? x(mark.to) : width);
  // One above the other where they would touch.
  const levels = (x) => {
    const ends = data.lanes.map(() => []);
    for (const mark of [...marks].sort((a, b) => left(x, a) - left(x, b))) {
      const r = size(mark.weight) + 1;
      const lane = ends[mark.lane];
      const free = lane.findIndex((end) => end <= left(x, mark) - r);
      mark.level = free < 0 ? lane.length : free;
      lane[mark.level] = Math.max(left(x, mark), right(x, mark)) + r;
    }
    return ends.map((lane) => lane.length);
  };
  const tall = marks.some(({ share }) => share !== null);
  const most = levels(whole);
  const lanes = [];
  let height = 0;
  for (const [i, name] of data.lanes.entries()) {
    const step = tall ? 0 : Math.min(2 * Math.max(...marks.filter(({ lane }) => lane === i).map(({ weight }) => size(weight)), 5) + 2, 160 / most[i]);
    height += 24 + (tall ? 84 : most[i] * step + 6);
    lanes.push({ name, step, base: height });
  }
  const svg = canvas(chart, width, height + 26);
  const axis = svg.append("g").attr("class", "axis").attr("transform", `translate(0,${height})`).attr("aria-hidden", "true");
  const lane = svg.selectAll(".lane").data(lanes).join("g").attr("class", "lane").attr("aria-hidden", "true");
  lane.append("line").attr("x2", width).attr("y1", ({ base }) => base).attr("y2", ({ base }) => base);
  const name = lane.append("text").attr("x", 2).attr("y", ({ base }, i) => (i ? lanes[i - 1].base : 0) + 16).text((d) => d.name);
  shorten(name, width - 4);
  const days = ({ day, until }) => (until === day ? day : `${day ?? "?"} to ${until ?? "?"}`);
  const words = (mark) => `${days(mark)}: ${mark.text}${mark.weight > 1 ? ` (${mark.weight})` : ""}`;
  let zoom;
  const item = items(svg, marks, words, {
    point(mark, focused) {
      if (focused && !(mark.at >= 0 && mark.at <= width)) svg.call(zoom.translateTo, whole(mark.from), 0);
      told.text(words(mark));
    },
    leave: () => told.text(rest()),
  });
  const rest = () => {
    const outside = marks.filter((mark) => right(shown, mark) < 0 || left(shown, mark) > width).length;
    return hint(leads ? "dot" : "bar", leads) + (outside ? ` ${outside} earlier or later: All shows them.` : "");
  };
  const leads = marks.some(({ href }) => href);
  let shown = whole;
  const shape = item.append("rect");
  const start = widest(marks, whole, width);
  const render = (x) => {
    shown = x;
    levels(x);
    axis.call(d3.axisBottom(x).ticks(Math.max(2, Math.min(width / 95, (x.domain()[1] - x.domain()[0]) / DAY))).tickSize(-height).tickPadding(8)
      .tickFormat((day) => day.toISOString().slice(0, 10).replace(/(-01)?-01$/, "")));
    shape.each(function (mark) {
      const r = size(mark.weight);
      mark.at = left(x, mark);
      const y = lanes[mark.lane].base - (tall ? 8 + 70 * mark.share / 100 : r + 2 + mark.level * lanes[mark.lane].step);
      d3.select(this).attr("x", mark.at - r).attr("y", y - r).attr("rx", r).attr("height", 2 * r)
        .attr("width", Math.max(0, right(x, mark) - mark.at) + 2 * r);
    });
  };
  const closest = Math.max(1, (last - first) / DAY / SHORTEST);
  zoom = zoomable(chart, svg, closest, (transform) => { render(transform.rescaleX(whole)); told.text(rest()); }, start);
}

// Where a few marks lie far from all others, a timeline begins with the others.
function widest(marks, x, width) {
  const at = marks.map(({ from }) => x(from)).filter(Number.isFinite).sort((a, b) => a - b);
  const gap = at.findIndex((here, i) => at[i + 1] - here > width / 2);
  if (gap < 0 || gap + 1 > at.length / 4) return d3.zoomIdentity;
  const [from, to] = [at[gap + 1] - 12, width];
  const k = width / (to - from);
  return d3.zoomIdentity.scale(k).translate(-from, 0);
}

function hint(thing, leads = true) {
  const [point, again] = matchMedia("(hover: hover)").matches ? ["Point at", "click"] : ["Tap", "again"];
  return `${point} a ${thing} to read it${leads ? `, ${again} to go to its page` : ""}.`;
}

// ---- network

function network(chart, width) {
  const { data, told, figure } = chart;
  const nodes = data.nodes.map((node, index) => ({ ...node, index, lines: wrap(node.text) }));
  const edges = data.edges.map((edge) => ({ ...edge, ends: [nodes[edge.source], nodes[edge.target]] }));
  for (const edge of edges) {
    const same = edges.filter(({ ends }) => ends.includes(edge.ends[0]) && ends.includes(edge.ends[1]));
    const bend = (same.indexOf(edge) - (same.length - 1) / 2) * 30;
    edge.bend = edge.ends[0].index < edge.ends[1].index ? bend : -bend;
  }
  const svg = canvas(chart, width, 0);
  const all = svg.append("g");
  const line = all.append("g").attr("aria-hidden", "true").selectAll("path").data(edges).join("path")
    .attr("class", (d) => `edge ${d.colour} ${dash(data, d.colour)}`).attr("stroke-width", ({ weight }) => 1 + Math.min(4, Math.sqrt(weight)))
    .attr("marker-end", (d) => (d.mutual ? null : `url(#${marker(svg, figure, d.colour)})`))
    .on("pointerenter", (_, d) => told.text(sentence(d))).on("pointerleave", () => told.text(hint("name")));
  const sentence = ({ ends: [one, other], kind, weight, words }) => `${one.text} – ${kind || "to"} – ${other.text} (${weight})${words ? `: ${words}` : ""}`;
  const words = (node) => [node.text, ...edges.filter(({ ends }) => ends.includes(node)).map(({ ends: [one, other], kind, weight }) =>
    (one === node ? `${kind} ${other.text}` : `${one.text} ${kind}`).trim() + (weight > 1 ? ` (${weight})` : ""))];
  const label = (node) => { const [name, ...ties] = words(node); return `${name}: ${ties.join("; ")}`; };
  const item = items(all, nodes, label, {
    point(node) {
      const near = new Set(edges.filter(({ ends }) => ends.includes(node)).flatMap(({ ends }) => ends));
      svg.classed("focused", true);
      item.classed("near", (other) => near.has(other));
      line.classed("near", ({ ends }) => ends.includes(node));
      told.text(label(node));
    },
    leave: () => { svg.classed("focused", false); told.text(hint("name")); },
  });
  const box = item.append("rect").attr("rx", 6);
  item.append("text").selectAll("tspan").data(({ lines }) => lines).join("tspan").attr("x", 0)
    .attr("dy", (_, i) => (i ? "1.15em" : null)).text(String);
  item.selectAll("tspan + tspan").each(function () { // words stay apart for whom reads no lines
    d3.select(this.parentNode).insert("tspan", () => this).attr("font-size", 0).text(" ");
  });
  item.each(function (node) {
    const { width: w, height: h } = this.querySelector("text").getBBox();
    Object.assign(node, { w: w + 16, h: h + 10 });
  });
  box.attr("x", ({ w }) => -w / 2).attr("y", ({ h }) => -h / 2).attr("width", ({ w }) => w).attr("height", ({ h }) => h);
  item.select("text").attr("y", ({ lines }) => `${0.35 - (lines.length - 1) * 0.575}em`);

  const room = nodes.reduce((sum, { w, h }) => sum + (w + 60) * (h + 70), 0);
  arrange(nodes, edges, width, Math.max(Math.min(300, width), Math.min(1.8 * room / width, 2000)));
  const top = Math.min(...nodes.map(({ y, h }) => y - h / 2)) - 12;
  for (const node of nodes) node.y -= top;
  const height = Math.round(Math.max(...nodes.map(({ y, h }) => y + h / 2)) + 12);
  svg.attr("height", height);
  const render = () => {
    item.attr("transform", ({ x, y }) => `translate(${x},${y})`);
    line.attr("d", curve);
  };
  render();
  item.call(d3.drag().touchable(false).clickDistance(4).on("start", (event) => event.sourceEvent.stopPropagation())
    .on("drag", (event, node) => { Object.assign(node, within(event, node, width, height)); render(); }));
  zoomable(chart, svg, 4, (transform) => all.attr("transform", transform));
  told.text(hint("name"));
}

// The forces run to their end before anything is drawn: nothing moves by itself.
function arrange(nodes, edges, width, height) {
  const links = edges.map(({ source, target }) => ({ source, target }));
  const apart = (downwards) => {
    let moved = false;
    for (const [i, one] of nodes.entries()) {
      for (const other of nodes.slice(i + 1)) {
        const [dx, dy] = [one.x - other.x || 1e-3, one.y - other.y || 1e-3];
        const [px, py] = [(one.w + other.w) / 2 + 14 - Math.abs(dx), (one.h + other.h) / 2 + 16 - Math.abs(dy)];
        if (px <= 0.1 || py <= 0.1) continue;
        const by = px < py && !downwards ? { x: Math.sign(dx) * px / 2, y: 0 } : { x: 0, y: Math.sign(dy) * py / 2 };
        Object.assign(one, { x: one.x + by.x, y: one.y + by.y });
        Object.assign(other, { x: other.x - by.x, y: other.y - by.y });
        moved = true;
      }
      const { x, y } = within(one, one, width, height);
      Object.assign(one, downwards ? { x } : { x, y });
    }
    return moved;
  };
  const room = Math.min(width, height);
  const simulation = d3.forceSimulation(nodes).stop()
    .force("tie", d3.forceLink(links).distance(Math.min(240, room / 2)).strength(0.2))
    .force("charge", d3.forceManyBody().strength(-2.6 * room).distanceMax(500))
    .force("x", d3.forceX(width / 2).strength(0.05 * Math.min(1, height / width)))
    .force("y", d3.forceY(height / 2).strength(0.05 * Math.min(1, width / height)))
    .force("apart", () => apart(false));
  for (const node of nodes) Object.assign(node, { x: node.x + width / 2, y: node.y + height / 2 });
  simulation.tick(300);
  for (let n = 0; n < 60; n += 1) apart(false);
  for (let n = 0; n < 300 && apart(true); n += 1); // what the width has no room for goes above or below
}

function within({ x, y }, { w, h }, width, height) {
  const between = (value, half, most) => Math.max(half + 2, Math.min(most - half - 2, value));
  return { x: between(x, w / 2, width), y: between(y, h / 2, height) };
}

// From the edge of one box to that of the other, bent as far as there are others between the two.
function curve({ ends: [one, other], bend }) {
  const [dx, dy] = [other.x - one.x, other.y - one.y];
  const length = Math.hypot(dx, dy) || 1;
  const by = bend + Math.min(18, length / 12);
  const over = { x: (one.x + other.x) / 2 - (dy / length) * by, y: (one.y + other.y) / 2 + (dx / length) * by };
  const border = (node, gap) => {
    const [x, y] = [over.x - node.x, over.y - node.y];
    const share = Math.min(1, (node.w / 2 + gap) / Math.abs(x || 1e-6), (node.h / 2 + gap) / Math.abs(y || 1e-6));
    return `${node.x + x * share},${node.y + y * share}`;
  };
  return `M${border(one, 1)}Q${over.x},${over.y} ${border(other, 3)}`;
}

function marker(svg, figure, colour) {
  const id = `arrow-${[...document.querySelectorAll("figure")].indexOf(figure)}-${colour}`;
  if (svg.select(`#${id}`).empty()) {
    svg.append("marker").attr("id", id).attr("class", colour).attr("viewBox", "0 0 10 10").attr("refX", 9).attr("refY", 5)
      .attr("markerUnits", "userSpaceOnUse").attr("markerWidth", 11).attr("markerHeight", 11).attr("orient", "auto")
      .append("path").attr("d", "M0,1L10,5L0,9z");
  }
  return id;
}

// Strokes tell kinds apart without colours: the most frequent is solid.
function dash({ edges }, colour) {
  const count = (c) => edges.filter((edge) => edge.colour === c).length;
  const colours = [...new Set(edges.map((edge) => edge.colour))].sort((a, b) => count(b) - count(a));
  return `dash${colours.indexOf(colour)}`;
}

function wrap(text) {
  const lines = [];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line !== undefined && `${line} ${word}`.length <= 20) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word.length > 26 ? `${word.slice(0, 25)}…` : word);
  }
  return lines.length > 3 ? [...lines.slice(0, 2), `${lines[2]} …`] : lines;
}

// ---- map

function map(chart, width) {
  const { data, told, figure } = chart;
  const height = Math.round(Math.max(260, Math.min(520, width * 0.55)));
  const svg = canvas(chart, width, height);
  const around = data.points.flatMap(({ longitude, latitude }) => [[-9, -5], [9, 5]].map(([x, y]) =>
    [longitude + x, Math.max(-85, Math.min(85, latitude + y))]));
  const turn = (angle) => data.points.reduce((sum, { longitude }) => sum + Math[angle](longitude * Math.PI / 180), 0);
  const projection = d3.geoEqualEarth().rotate([-Math.atan2(turn("sin"), turn("cos")) * 180 / Math.PI, 0])
    .fitExtent([[10, 10], [width - 10, height - 10]], { type: "MultiPoint", coordinates: around }).clipExtent([[0, 0], [width, height]]);
  const path = d3.geoPath(projection);
  const world = svg.append("g").attr("aria-hidden", "true");
  world.append("path").attr("class", "sea").attr("d", path({ type: "Sphere" }));
  const land = world.append("path").attr("class", "land");
  world.append("path").attr("class", "graticule").attr("d", path(d3.geoGraticule().step([10, 10])()));
  coast(figure.dataset.land).then((shape) => land.attr("d", path(shape)));

  const size = d3.scaleSqrt([0, Math.max(4, ...data.points.map(({ times }) => times))], [4, 12]);
  const points = data.points.map((point) => {
    const [x, y] = projection([point.longitude, point.latitude]);
    return { ...point, x, y, r: size(point.times) };
  }).sort((a, b) => b.times - a.times);
  const words = ({ text, kind, times }) => `${text}${kind ? `: ${kind}` : ""}${times > 1 ? ` (${times})` : ""}`;
  let zoom;
  const item = items(svg, points, words, {
    point(point, focused) {
      told.text(words(point));
      if (focused && !(point.at.x >= 0 && point.at.x <= width && point.at.y >= 0 && point.at.y <= height)) svg.call(zoom.translateTo, point.x, point.y);
    },
    leave: () => told.text(hint("place")),
  });
  item.append("circle").attr("r", ({ r }) => r);
  item.append("text").text(({ text }) => text).each(function (point) { point.long = this.getComputedTextLength(); });
  zoom = zoomable(chart, svg, 8, (transform) => {
    world.attr("transform", transform);
    for (const point of points) { const [x, y] = transform.apply([point.x, point.y]); point.at = { x, y }; }
    item.attr("transform", ({ at }) => `translate(${at.x},${at.y})`);
    name(item, points, width, height);
  });
  told.text(hint("place"));
}

// A name stands beside its place, where it covers no other; those without room are read by pointing or below the map.
function name(item, points, width, height) {
  const taken = points.map(({ at: { x, y }, r }) => [x - r, y - r, x + r, y + r]);
  item.select("text").each(function (point) {
    const { at: { x, y }, r, long } = point;
    const places = [[r + 4, 4], [-r - 4 - long, 4], [-long / 2, -r - 5], [-long / 2, r + 14], [r, -r - 2], [r, r + 12], [-r - long, -r - 2], [-r - long, r + 12]];
    const box = ([dx, dy]) => [x + dx - 1, y + dy - 12, x + dx + long + 1, y + dy + 4];
    const inside = ([a, b, c, d]) => a >= 0 && b >= 0 && c <= width && d <= height;
    const place = places.find((at) => inside(box(at)) && !taken.some(([a, b, c, d], i) =>
      points[i] !== point && box(at)[0] < c && box(at)[2] > a && box(at)[1] < d && box(at)[3] > b));
    this.setAttribute("visibility", place ? "visible" : "hidden");
    if (!place) return;
    this.setAttribute("x", place[0]);
    this.setAttribute("y", place[1]);
    taken.push(box(place));
  });
}

async function coast(address) {
  const topology = await (await fetch(address)).json();
  return d3.feature(topology, topology.objects.land);
}

// ---- bars

function bar(chart, width) {
  const { names, groups } = chart.data;
  const line = 19;
  let height = 0;
  const rows = [];
  for (const [group, bars] of groups) {
    const most = Math.max(...bars.flatMap(({ values }) => values));
    if (group) { rows.push({ group, y: height += 26 }); height += 6; }
    for (const one of bars) {
      rows.push({ ...one, y: height += line, scale: d3.scaleLinear([0, most], [0, Math.max(60, width - 180)]) });
      height += one.values.filter((value) => value !== null).length * line + 8;
    }
  }
  const svg = canvas(chart, width, height + 4);
  const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
  const told = ({ text, values }) => `${text}: ${values.flatMap((v, i) => (v === null ? [] : `${number.format(v)} ${names.length > 1 ? spaced(names[i]) : ""}`.trim())).join(", ")}`;
  svg.selectAll(".group").data(rows.filter(({ group }) => group)).join("text").attr("class", "group").attr("y", ({ y }) => y).text(({ group }) => group);
  const item = items(svg, rows.filter(({ values }) => values), (row) => (row.href ? null : told(row)), { point() {}, leave() {} });
  item.attr("transform", ({ y }) => `translate(0,${y})`);
  shorten(item.append("text").attr("class", "name").text(({ text }) => text), width - 4);
  const one = item.selectAll("g").data(({ values, scale }) => values.map((value, i) => ({ value, i, long: scale(Math.max(0, value)) })).filter(({ value }) => value !== null))
    .join("g").attr("transform", (_, i) => `translate(0,${6 + i * line})`);
  one.append("rect").attr("class", ({ i }) => `s${i % 4 + 1}`).attr("width", ({ long }) => long).attr("height", 13).attr("rx", 2);
  one.append("text").attr("class", "value").attr("x", ({ long }) => long + 6).attr("y", 11)
    .text(({ value, i }) => `${number.format(value)}${names.length > 1 ? ` ${spaced(names[i])}` : ""}`);
}

const spaced = (variable) => variable.replace(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();

if (typeof d3 !== "undefined") document.querySelectorAll("figure[data-view]").forEach(show);
