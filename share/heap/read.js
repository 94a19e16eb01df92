/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Dumps as the page carries them, read into profiles:
 *
 *	{ file, types: [{ name, unit }], chosen, stacks: [{ frames, values,
 *	  thread }] }
 *
 * Frames stand from the outermost to the innermost, as { name, where,
 * module }; values are as the types, estimates of all objects.
 */
"use strict";

const ALLOCATORS = new RegExp("^(?:_bas_.*|(?:bas_|je_)?(?:malloc|calloc|" +
    "realloc|reallocf|reallocarray|recallocarray|memalign|aligned_alloc|" +
    "posix_memalign|valloc|pvalloc|mallocx|rallocx|xallocx)|_Zn[wa][mj].*|" +
    "operator new.*)$");
const FRAMES_MAX = 2048;		/* the page calls itself for each */
const ALLOCATOR_FILES = /^lib(?:basalt|jemalloc)[._-]/;

function bytesOf(text)
{
	const raw = atob(text.replace(/\s+/g, ""));
	const bytes = new Uint8Array(raw.length);

	for (let i = 0; i < raw.length; i++)
		bytes[i] = raw.charCodeAt(i);
	return bytes;
}

/* What was zipped twice may be read, what was so without end may not. */
async function unzipped(bytes, layers = 3)
{
	if (bytes.length < 2 || bytes[0] !== 0x1f || bytes[1] !== 0x8b)
		return bytes;
	if (layers === 0)
		throw new Error("not a dump of a known format");
	const stream = new Blob([bytes]).stream()
	    .pipeThrough(new DecompressionStream("gzip"));
	return unzipped(new Uint8Array(await new Response(stream)
	    .arrayBuffer()), layers - 1);
}

function baseName(path)
{
	return path.slice(path.lastIndexOf("/") + 1);
}

/* A stack ends where the program asks for memory; one frame is left. */
function trimmed(frames)
{
	if (frames.length > FRAMES_MAX)
		frames = frames.slice(0, FRAMES_MAX);
	const own = frames.findIndex(f => ALLOCATORS.test(f.name) ||
	    ALLOCATOR_FILES.test(f.module));

	return own < 0 ? frames : frames.slice(0, Math.max(own, 1));
}

/* Lines of address, name and place, tab between, as the script found them. */
function readNames(text)
{
	const names = new Map();

	for (const line of text.split("\n")) {
		const [address, name, where] = line.split("\t");
		if (name && name !== "??")
			names.set(address, { name, where:
			    /^\?\?/.test(where || "?") ? "" : where });
	}
	return names;
}

/* An address without a name: where it is in its file tells it as well. */
function placeOf(address, mappings)
{
	const m = mappings.find(m => address >= m.start && address < m.end);

	if (!m || m.path === "")
		return { name: "0x" + address.toString(16), where: "",
		    module: "" };
	return { name: baseName(m.path) + "+0x" +
	    (address - m.start + m.offset).toString(16), where: m.path,
	    module: baseName(m.path) };
}

function readMaps(text)
{
	const line = /^([0-9a-f]+)-([0-9a-f]+) ..x. ([0-9a-f]+) \S+ \S+ *(.*)$/gm;
	const mappings = [];

	for (const m of text.matchAll(line))
		mappings.push({ start: parseInt(m[1], 16),
		    end: parseInt(m[2], 16), offset: parseInt(m[3], 16),
		    path: m[4] });
	return mappings;
}

/*
 * Samples stand for objects that were not: of n objects of s bytes, each
 * was seen with the probability that one of its bytes was.
 */
function scaled(objects, bytes, period)
{
	if (objects <= 0 || bytes <= 0 || period <= 1)
		return [objects, bytes];
	const scale = 1 / (1 - Math.exp(-(bytes / objects) / period));
	return [objects * scale, bytes * scale];
}

function readHeap(text, names)
{
	const head = /^heap_v2\/(\d+)\n/.exec(text);
	if (!head)
		throw new Error("not a dump of a known format");
	const period = Number(head[1]);
	const [body, maps] = text.split(/^MAPPED_LIBRARIES:$/m);
	const mappings = readMaps(maps || "");
	const record = /^@([^\n]*)\n\s*t\*: (\d+): (\d+) \[(\d+): (\d+)\]/gm;
	const frames = new Map();
	const stacks = [];

	function frameOf(pc)
	{
		let frame = frames.get(pc);
		if (!frame) {
			/* The byte before: pc is behind the call. */
			frame = placeOf(parseInt(pc, 16) - 1, mappings);
			Object.assign(frame, names.get(pc));
			frames.set(pc, frame);
		}
		return frame;
	}
	for (const m of body.matchAll(record)) {
		const pcs = m[1].trim().split(/\s+/).filter(pc => pc !== "");
		const [objects, bytes] = scaled(+m[2], +m[3], period);
		const [all, allBytes] = scaled(+m[4], +m[5], period);
		stacks.push({ frames: trimmed(pcs.reverse().map(frameOf)),
		    values: [bytes, objects, allBytes, all], thread: "" });
	}
	const accumulated = stacks.some(s => s.values[3] > 0);
	return { types: [{ name: "inuse_space", unit: "bytes" },
	    { name: "inuse_objects", unit: "count" },
	    { name: "alloc_space", unit: "bytes" },
	    { name: "alloc_objects", unit: "count" }]
	    .slice(0, accumulated ? 4 : 2), chosen: 0, stacks };
}

function readFolded(text)
{
	const stacks = [];

	for (const line of text.split("\n")) {
		const m = /^(.+) (-?\d+(?:\.\d+)?)$/.exec(line);
		if (m)
			stacks.push({ frames: trimmed(m[1].split(";").map(
			    name => ({ name: demangled(name), where: "",
			    module: "" }))), values: [+m[2]], thread: "" });
		else if (line.trim() !== "")
			throw new Error("not a dump of a known format");
	}
	return { types: [{ name: "inuse_space", unit: "bytes" }], chosen: 0,
	    stacks };
}

/*
 * A message of protocol buffers: calls field(number, value) for each, where
 * value is a number, or the bytes of a string, a message or packed numbers.
 */
function message(bytes, field)
{
	let at = 0;

	function number()
	{
		const r = varint(bytes, at);
		at = r.at;
		return r.value;
	}
	while (at < bytes.length) {
		const key = number();
		const wire = key % 8;
		let value;
		if (wire === 0)
			value = number();
		else if (wire === 2) {
			const len = number();
			value = bytes.subarray(at, at += len);
		} else if (wire === 1 || wire === 5) {
			at += wire === 1 ? 8 : 4;
			continue;
		} else
			throw new Error("not a profile");
		if (at > bytes.length)
			throw new Error("the profile is cut off");
		field(Math.floor(key / 8), value);
	}
}

/* Signed, of 64 bits; exact where the number is below 2^53. */
function varint(bytes, at)
{
	let low = 0, high = 0, shift = 0, byte;

	do {
		if (at >= bytes.length || shift > 63)
			throw new Error("the profile is cut off");
		byte = bytes[at++];
		const bits = byte & 0x7f;
		if (shift < 28)
			low |= bits << shift;
		else if (shift === 28) {
			low |= bits << 28;
			high |= bits >> 4;
		} else
			high |= bits << (shift - 32);
		shift += 7;
	} while (byte & 0x80);
	return { value: high * 0x100000000 + (low >>> 0), at };
}

function packed(list, value)
{
	if (typeof value === "number") {
		list.push(value);
		return;
	}
	for (let at = 0; at < value.length;) {
		const r = varint(value, at);
		list.push(r.value);
		at = r.at;
	}
}

/* The fields of a message, the last of each. */
function fieldsOf(bytes)
{
	const fields = [];

	message(bytes, (n, value) => { fields[n] = value; });
	return fields;
}

function pprofTables(bytes)
{
	const t = { types: [], samples: [], mappings: new Map(),
	    locations: new Map(), functions: new Map(), strings: [],
	    chosen: 0 };
	const utf8 = new TextDecoder();

	message(bytes, (field, value) => {
		if (field === 1)
			t.types.push(fieldsOf(value));
		else if (field === 2)
			t.samples.push(value);
		else if (field === 3) {
			const m = fieldsOf(value);
			t.mappings.set(m[1], { start: m[2] || 0,
			    end: m[3] || 0, offset: m[4] || 0, path: m[5] || 0 });
		} else if (field === 4) {
			const l = { mapping: 0, address: 0, lines: [] };
			let id = 0;
			message(value, (n, v) => {
				if (n === 1)
					id = v;
				else if (n === 2)
					l.mapping = v;
				else if (n === 3)
					l.address = v;
				else if (n === 4)
					l.lines.push(fieldsOf(v));
			});
			t.locations.set(id, l);
		} else if (field === 5) {
			const f = fieldsOf(value);
			t.functions.set(f[1], { name: f[2] || f[3] || 0,
			    file: f[4] || 0 });
		} else if (field === 6)
			t.strings.push(utf8.decode(value));
		else if (field === 14)
			t.chosen = value;
	});
	return t;
}

/* The frames of a place: several, outermost first, where calls are inlined. */
function pprofFrames(t, location, names)
{
	const s = n => t.strings[n] || "";
	const m = t.mappings.get(location.mapping);
	const module = m ? baseName(s(m.path)) : "";

	if (location.lines.length === 0) {
		const name = names.get("0x" + location.address.toString(16));
		return [Object.assign(placeOf(location.address, m ?
		    [{ ...m, path: s(m.path) }] : []), name)];
	}
	return location.lines.map(line => {
		const f = t.functions.get(line[1]);
		const file = f ? s(f.file) : "";
		return { name: f ? demangled(s(f.name)) : "?",
		    where: file ? file + (line[2] ? ":" + line[2] : "") :
		    m ? s(m.path) : "", module };
	}).reverse();
}

function readPprof(bytes, names)
{
	const t = pprofTables(bytes);
	const s = n => t.strings[n] || "";
	const frames = new Map();
	const stacks = [];

	for (const [id, location] of t.locations)
		frames.set(id, pprofFrames(t, location, names));
	for (const sample of t.samples) {
		const places = [], values = [];
		let thread = "", id = "";
		message(sample, (field, value) => {
			if (field === 1)
				packed(places, value);
			else if (field === 2)
				packed(values, value);
			else if (field === 3) {
				const label = fieldsOf(value);
				if (s(label[1]) === "thread")
					thread = s(label[2]);
				else if (s(label[1]) === "thread_id")
					id = String(label[3] || 0);
			}
		});
		stacks.push({ frames: trimmed(places.reverse().flatMap(p =>
		    frames.get(p) || [])), values, thread:
		    thread && id ? thread + " (" + id + ")" : thread || id });
	}
	if (t.types.length === 0)
		throw new Error("a profile without sample types");
	const types = t.types.map(type => ({ name: s(type[1]),
	    unit: s(type[2]) }));
	return { types, chosen: Math.max(0, types.findIndex(type =>
	    type.name === s(t.chosen))), stacks };
}

async function readDump(file, base64, namesBase64)
{
	const bytes = await unzipped(bytesOf(base64));
	const utf8 = new TextDecoder();
	const names = readNames(utf8.decode(await unzipped(
	    bytesOf(namesBase64))));
	let profile;

	if (utf8.decode(bytes.subarray(0, 8)) === "heap_v2/")
		profile = readHeap(utf8.decode(bytes), names);
	else if (bytes.length > 0 && bytes.subarray(0, 256).every(b =>
	    b >= 32 || b === 9 || b === 10 || b === 13))
		profile = readFolded(utf8.decode(bytes));
	else
		profile = readPprof(bytes, names);
	profile.file = file;
	return profile;
}
