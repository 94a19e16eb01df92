/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The page: what is shown is in `state', and in the address behind `#', so
 * that a view can be kept and passed on.
 */
"use strict";

const ROW = 22;				/* pixels, as in the style sheet */
const NARROW = 1.5;			/* not drawn below that */
const SITES = 100;			/* rows of the table */
const BAR = 90;				/* pixels of a whole in it */

/* In the order of the buttons; others follow. */
const TITLES = {
	inuse_space: "Bytes in use", inuse_objects: "Objects in use",
	pinned_space: "Bytes pinned", alloc_space: "Bytes allocated",
	alloc_objects: "Objects allocated"
};

const state = { file: 0, base: -1, type: "", search: "", inverted: false,
    thread: "", order: "self" };
let profiles = [], tree = null, zoomed = null, drawn = new Map(), unit = "";

const byId = id => document.getElementById(id);

function element(tag, attributes, ...children)
{
	const e = document.createElement(tag);

	for (const [key, value] of Object.entries(attributes || {}))
		e.setAttribute(key, value);
	e.append(...children);
	return e;
}

/* State, from and to the part of the address that is ours. */
function stateRead()
{
	const given = new URLSearchParams(location.hash.slice(1));

	for (const key of Object.keys(state)) {
		if (!given.has(key))
			continue;
		const text = given.get(key);
		state[key] = typeof state[key] === "number" ? parseInt(text) :
		    typeof state[key] === "boolean" ? text === "true" : text;
	}
	if (!profiles[state.file])
		state.file = 0;
	if (!profiles[state.base])
		state.base = -1;
}

function stateWrite()
{
	const text = new URLSearchParams(state).toString();

	/* Where the page has no address of its own to change, it stays. */
	try {
		history.replaceState(null, "", "#" + text);
	} catch {
		/* empty */
	}
}

/* Search: a regular expression, or plain text if it is none. */
function matcher()
{
	let re;

	if (state.search === "")
		return null;
	try {
		re = new RegExp(state.search, "i");
	} catch {
		re = { test: s => s.toLowerCase().includes(
		    state.search.toLowerCase()) };
	}
	return frame => re.test(frame.name) || re.test(frame.where) ||
	    re.test(frame.module);
}

function hashOf(text)
{
	let h = 0;

	for (let i = 0; i < text.length; i++)
		h = (h * 31 + text.charCodeAt(i)) >>> 0;
	return h;
}

/* Warm and by module; a difference is red where it grew, blue where not. */
function colourOf(node)
{
	if (state.base >= 0) {
		const part = node.weight === 0 ? 0 : node.value / node.weight;
		const hue = part >= 0 ? 8 : 212;
		const strength = Math.round(75 * Math.abs(part));
		return "hsl(" + hue + " " + strength + "% " +
		    (88 - Math.round(18 * Math.abs(part))) + "%)";
	}
	const module = hashOf(node.frame.module || "") % 5;
	const hue = [28, 42, 12, 64, 178][module] +
	    hashOf(node.frame.name) % 12;
	return "hsl(" + hue + " " + (50 + hashOf(node.frame.name) % 17) +
	    "% " + (70 + hashOf(node.frame.name + "x") % 10) + "%)";
}

function valueText(n)
{
	return numberText(n, unit, state.base >= 0);
}

function tipShow(node, x, y)
{
	const tip = byId("tip");
	const share = shareText(node.weight, tree.weight);
	const lines = [element("strong", {}, node.frame.name)];

	if (node.frame.where)
		lines.push(element("span", { class: "where" },
		    node.frame.where));
	lines.push(element("span", {}, valueText(node.value) + " · " + share +
	    (state.base >= 0 ? " of all change" : "")));
	if (node.self !== 0)
		lines.push(element("span", {}, valueText(node.self) +
		    (state.inverted ? " starts here" : " asked for here")));
	tip.replaceChildren(...lines);
	tip.hidden = false;
	tip.style.left = Math.max(8, Math.min(x + 14,
	    innerWidth - tip.offsetWidth - 12)) + "px";
	tip.style.top = (y + 24 + tip.offsetHeight > innerHeight ?
	    Math.max(4, y - tip.offsetHeight - 14) : y + 18) + "px";
}

function tipHide()
{
	byId("tip").hidden = true;
}

/* One frame of the graph, so many pixels from the left. */
function frameDraw(node, left, width, matches, into)
{
	const e = element("div", { class: "frame", role: "treeitem",
	    tabindex: "-1", "aria-label": node.frame.name + ", " +
	    valueText(node.value), "aria-level": node.depth + 1 });

	e.style.left = left + "px";
	e.style.width = Math.max(width - 1, 1) + "px";
	e.style.top = node.depth * ROW + "px";
	if (node.parent)
		e.style.background = colourOf(node);
	else
		e.classList.add("root");
	if (width > 24)
		e.textContent = node.parent ? node.frame.name :
		    "all · " + valueText(node.value);
	if (matches)
		e.classList.add(node.parent && matches(node.frame) ?
		    "found" : "dim");
	if (zoomed !== node && isAbove(node, zoomed))
		e.classList.add("above");
	drawn.set(e, node);
	into.append(e);
	node.element = e;
}

function isAbove(node, other)
{
	for (let n = other; n; n = n.parent)
		if (n === node)
			return true;
	return false;
}

/* The zoomed node over the whole width, what is above it, what below. */
function graphDraw()
{
	const graph = byId("graph");
	const width = graph.clientWidth;
	const matches = matcher();
	const into = document.createDocumentFragment();
	let deepest = 0;

	function draw(node, left, scale)
	{
		const w = node.weight * scale;
		if (w < NARROW)
			return;
		frameDraw(node, left, w, matches, into);
		deepest = Math.max(deepest, node.depth);
		for (const child of childrenOf(node)) {
			draw(child, left, scale);
			left += child.weight * scale;
		}
	}
	drawn = new Map();
	for (let n = zoomed.parent; n; n = n.parent)
		frameDraw(n, 0, width, matches, into);
	draw(zoomed, 0, width / Math.max(zoomed.weight, 1));
	graph.replaceChildren(into);
	graph.style.height = (deepest + 1) * ROW + "px";
	zoomed.element.tabIndex = 0;
	byId("empty").hidden = tree.weight > 0;
	byId("reset").disabled = zoomed === tree;
	const sum = matches ? matchedOf(tree, matches) : 0;
	byId("matched").textContent = matches ? "matched " +
	    shareText(sum, tree.weight) + ", " + numberText(sum, unit, false) :
	    "";
}

function cellOf(value)
{
	const all = state.base >= 0 ? tree.weight : tree.value;
	const cell = element("td", { class: "number" }, valueText(value));
	const bar = element("td", { class: "share" });
	const fill = element("i", { class: value < 0 ? "less" : "more" });

	fill.style.width = all === 0 ? "0" : Math.min(BAR,
	    BAR * Math.abs(value) / Math.abs(all)) + "px";
	bar.append(element("b", {}, value === 0 ? "" :
	    shareText(value, Math.abs(all))), fill);
	return [cell, bar];
}

function tableDraw()
{
	const matches = matcher();
	const base = state.base >= 0 ? profiles[state.base] : null;
	const key = state.order;
	const sites = sitesOf(profiles[state.file], base, state.type,
	    state.thread).filter(s => !matches || matches(s.frame));
	const rows = [];

	if (key === "name")
		sites.sort((a, b) => a.frame.name < b.frame.name ? -1 : 1);
	else
		sites.sort((a, b) => Math.abs(b[key]) - Math.abs(a[key]) ||
		    Math.abs(b.total) - Math.abs(a.total));
	for (const site of sites.slice(0, SITES)) {
		const button = element("button", { class: "site",
		    title: site.frame.where || site.frame.name },
		    site.frame.name);
		button.addEventListener("click", () => {
			const name = "^" + site.frame.name.replace(
			    /[.*+?^${}()|[\]\\]/g, "\\$&") + "$";
			searchSet(state.search === name ? "" : name);
		});
		rows.push(element("tr", {}, ...cellOf(site.self),
		    ...cellOf(site.total), element("td", {}, button,
		    element("small", {}, baseName(site.frame.where || "")))));
	}
	byId("sites").replaceChildren(...rows);
	byId("more").textContent = sites.length > SITES ?
	    sites.length - SITES + " more" : "";
	for (const th of document.querySelectorAll("th[data-order]"))
		th.setAttribute("aria-sort", th.dataset.order === key ?
		    "descending" : "none");
}

function headDraw()
{
	const profile = profiles[state.file];
	const base = profiles[state.base];
	let grew = 0, shrank = 0;

	for (const e of document.querySelectorAll("#types button"))
		e.setAttribute("aria-pressed", e.dataset.type === state.type);
	byId("file").value = state.file;
	byId("base").value = state.base;
	byId("inverted").checked = state.inverted;
	byId("total").textContent = valueText(tree.value);
	if (base) {
		grew = (tree.weight + tree.value) / 2;
		shrank = (tree.weight - tree.value) / 2;
	}
	byId("about").textContent = base ? "grew " +
	    numberText(grew, unit, false) + ", shrank " +
	    numberText(shrank, unit, false) + " · " + profile.file +
	    " minus " + base.file :
	    (TITLES[state.type] || state.type).toLowerCase() + " · " +
	    profile.file;
	document.body.classList.toggle("difference", !!base);
}

/* All anew: other data, or other values of it. */
function show()
{
	const profile = profiles[state.file];
	const base = state.base >= 0 ? profiles[state.base] : null;

	if (typeIndex(profile, state.type) < 0)
		state.type = profile.types[profile.chosen].name;
	unit = profile.types[typeIndex(profile, state.type)].unit;
	typesFill(profile);
	tree = treeOf(profile, base, state.type, state.inverted, state.thread);
	zoomed = tree;
	headDraw();
	graphDraw();
	tableDraw();
	tipHide();
	stateWrite();
}

function zoom(node)
{
	zoomed = node;
	tipHide();
	graphDraw();
	zoomed.element.focus({ preventScroll: true });
}

function searchSet(text)
{
	state.search = text;
	byId("search").value = text;
	graphDraw();
	tableDraw();
	stateWrite();
}

/* From frame to frame: out, in, and to either side. */
function neighbour(node, key)
{
	const near = node.parent ? childrenOf(node.parent) : [node];

	if (key === "ArrowUp")
		return node.parent;
	if (key === "ArrowDown")
		return childrenOf(node)[0];
	return near[near.indexOf(node) + (key === "ArrowRight" ? 1 : -1)];
}

function graphKey(event)
{
	const node = drawn.get(event.target);

	if (!node)
		return;
	if (event.key === "Enter" || event.key === " ") {
		zoom(node);
		event.preventDefault();
	} else if (event.key.startsWith("Arrow")) {
		const next = neighbour(node, event.key);
		if (next && drawn.has(next.element))
			next.element.focus();
		event.preventDefault();
	}
}

function pageKey(event)
{
	if (event.key === "/" && event.target.tagName !== "INPUT") {
		byId("search").focus();
		event.preventDefault();
	} else if (event.key === "Escape") {
		if (event.target === byId("search") || zoomed === tree)
			searchSet("");
		else
			zoom(tree);
		tipHide();
	}
}

function graphListen()
{
	const graph = byId("graph");

	graph.addEventListener("click", event => {
		const node = drawn.get(event.target);
		if (node)
			zoom(node);
	});
	graph.addEventListener("mousemove", event => {
		const node = drawn.get(event.target);
		if (node)
			tipShow(node, event.clientX, event.clientY);
		else
			tipHide();
	});
	graph.addEventListener("mouseleave", tipHide);
	graph.addEventListener("focusin", event => {
		const node = drawn.get(event.target);
		const box = event.target.getBoundingClientRect();
		if (node && event.target.matches(":focus-visible"))
			tipShow(node, box.left, box.top);
	});
	graph.addEventListener("focusout", tipHide);
	graph.addEventListener("keydown", graphKey);
}

/* A type of zeros alone has nothing to show. */
function typesOf(profile)
{
	const rank = type => (Object.keys(TITLES).indexOf(type.name) + 9) % 9;

	return profile.types.filter((type, i) => type.name === state.type ||
	    profile.stacks.some(s => s.values[i])).sort((a, b) =>
	    rank(a) - rank(b));
}

function typesFill(profile)
{
	const buttons = typesOf(profile).map(type => {
		const e = element("button", { "data-type": type.name,
		    title: type.name }, TITLES[type.name] || type.name);
		e.addEventListener("click", () => {
			state.type = type.name;
			show();
		});
		return e;
	});

	byId("types").replaceChildren(...buttons);
}

/* A choice that is none is not offered. */
function choiceFill(id, label, options, key)
{
	const select = byId(id);

	/* One by one: there may be more than a call takes. */
	for (const [value, text] of options)
		select.append(element("option", { value }, text));
	select.parentElement.hidden = options.length < 2;
	select.value = state[key];
	select.addEventListener("change", () => {
		state[key] = typeof state[key] === "number" ?
		    Number(select.value) : select.value;
		show();
	});
}

function listen()
{
	const threads = [...new Set(profiles.flatMap(p => p.stacks.map(s =>
	    s.thread)))].filter(t => t !== "").sort((a, b) =>
	    a.localeCompare(b, undefined, { numeric: true }));
	const files = profiles.map((p, i) => [i, p.file]);
	let resized = 0;

	choiceFill("file", "file", files, "file");
	choiceFill("base", "minus", files.length < 2 ? [] :
	    [[-1, "nothing"], ...files], "base");
	choiceFill("thread", "thread", threads.length < 2 ? [] :
	    [["", "all"], ...threads.map(t => [t, t])], "thread");
	byId("search").value = state.search;
	byId("search").addEventListener("input", event =>
	    searchSet(event.target.value));
	byId("inverted").addEventListener("change", event => {
		state.inverted = event.target.checked;
		show();
	});
	byId("reset").addEventListener("click", () => zoom(tree));
	for (const th of document.querySelectorAll("th[data-order]"))
		th.firstElementChild.addEventListener("click", () => {
			state.order = th.dataset.order;
			tableDraw();
			stateWrite();
		});
	graphListen();
	document.addEventListener("keydown", pageKey);
	addEventListener("resize", () => {
		cancelAnimationFrame(resized);
		resized = requestAnimationFrame(graphDraw);
	});
}

function errorShow(text)
{
	byId("error").append(element("p", {}, text));
	byId("error").hidden = false;
}

async function start()
{
	for (const e of document.querySelectorAll("script[data-file]"))
		try {
			profiles.push(await readDump(e.dataset.file,
			    e.textContent, byId(e.dataset.names).textContent));
		} catch (problem) {
			errorShow(e.dataset.file + ": " + problem.message);
		}
	if (profiles.length === 0)
		return;
	/* Of two, what the second has more. */
	if (profiles.length === 2) {
		state.file = 1;
		state.base = 0;
	}
	stateRead();
	byId("main").hidden = false;
	listen();
	show();
	document.body.dataset.ready = "yes";
}

start().catch(problem => errorShow(problem.message));
