/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Profiles merged into a tree of frames, one type of values at a time.  A
 * node has
 *
 *	value	what the stacks through it sum up to; of a difference, later
 *		minus earlier
 *	weight	the same without signs: what its width stands for.  Without
 *		a difference the two are equal
 *	self	of the stacks that end there
 */
"use strict";

function nodeNew(frame, parent)
{
	return { frame, parent, children: new Map(), value: 0, weight: 0,
	    self: 0, depth: parent ? parent.depth + 1 : 0 };
}

/* Values of a type by name; a profile may not have it. */
function typeIndex(profile, type)
{
	return profile.types.findIndex(t => t.name === type);
}

/*
 * Each stack once: its key is its frames' names, so that runs with other
 * addresses compare.
 */
function stacksAdd(sum, profile, type, sign, thread)
{
	const index = typeIndex(profile, type);

	if (index < 0)
		return;
	for (const stack of profile.stacks) {
		const value = stack.values[index] || 0;
		if (value === 0 || (thread && stack.thread !== thread))
			continue;
		const key = stack.frames.map(f => f.name).join("\n");
		const had = sum.get(key);
		if (had)
			had.value += sign * value;
		else
			sum.set(key, { frames: stack.frames,
			    value: sign * value });
	}
}

function treeOf(profile, base, type, inverted, thread)
{
	const sum = new Map();
	const root = nodeNew({ name: "all", where: "", module: "" }, null);

	stacksAdd(sum, profile, type, 1, thread);
	if (base)
		stacksAdd(sum, base, type, -1, thread);
	for (const { frames, value } of sum.values()) {
		const weight = Math.abs(value);
		let node = root;
		if (weight < 0.5)
			continue;
		node.value += value;
		node.weight += weight;
		for (const frame of inverted ? [...frames].reverse() : frames) {
			let child = node.children.get(frame.name);
			if (!child) {
				child = nodeNew(frame, node);
				node.children.set(frame.name, child);
			}
			child.value += value;
			child.weight += weight;
			node = child;
		}
		node.self += value;
	}
	return root;
}

/* Children from the widest on. */
function childrenOf(node)
{
	return [...node.children.values()].sort((a, b) =>
	    b.weight - a.weight || (a.frame.name < b.frame.name ? -1 : 1));
}

/* Functions: what they ask for themselves, and what stands below them. */
function sitesOf(profile, base, type, thread)
{
	const root = treeOf(profile, base, type, false, thread);
	const sites = new Map();
	const above = new Set();

	function visit(node)
	{
		let site = sites.get(node.frame.name);
		if (!site) {
			site = { frame: node.frame, self: 0, total: 0 };
			sites.set(node.frame.name, site);
		}
		site.self += node.self;
		/* Of calls within calls only the outermost counts. */
		const outermost = !above.has(node.frame.name);
		if (outermost)
			site.total += node.value;
		above.add(node.frame.name);
		for (const child of node.children.values())
			visit(child);
		if (outermost)
			above.delete(node.frame.name);
	}
	for (const child of root.children.values())
		visit(child);
	return [...sites.values()];
}

/* What the frames that match sum up to, the outermost of each stack. */
function matchedOf(node, matches)
{
	let sum = 0;

	if (node.parent && matches(node.frame))
		return node.weight;
	for (const child of node.children.values())
		sum += matchedOf(child, matches);
	return sum;
}

function numberText(n, unit, signed)
{
	const sign = n < 0 ? "−" : signed && n > 0 ? "+" : "";
	let v = Math.abs(n), i = 0;
	const units = unit === "bytes" ? ["B", "KiB", "MiB", "GiB", "TiB"] :
	    ["", "k", "M", "G", "T"];
	const step = unit === "bytes" ? 1024 : 1000;

	while (v >= step && i < units.length - 1) {
		v /= step;
		i++;
	}
	const digits = i === 0 || v >= 100 ? 0 : v >= 10 ? 1 : 2;
	return sign + v.toFixed(digits) +
	    (units[i] ? " " + units[i] : "");
}

function shareText(part, whole)
{
	const percent = whole === 0 ? 0 : 100 * part / whole;

	/* No minus before what is zero. */
	return percent.toFixed(1).replace(/^-(?!0\.0$)/, "−")
	    .replace("-", "") + " %";
}
