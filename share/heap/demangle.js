/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Names of C++ functions made legible: the scopes and the name, template
 * arguments as <...> and no parameters.  What is not understood stays as it
 * is.
 */
"use strict";

const SHORT = { St: "std", Sa: "std::allocator", Sb: "std::basic_string",
    Ss: "std::string", Si: "std::istream", So: "std::ostream",
    Sd: "std::iostream" };
const OPERATORS = { nw: "new", na: "new[]", dl: "delete", da: "delete[]",
    aS: "=", pL: "+=", mI: "-=", cl: "()", ix: "[]", eq: "==", ne: "!=",
    lt: "<", gt: ">", le: "<=", ge: ">=", ls: "<<", rs: ">>", pl: "+",
    mi: "-", ml: "*", dv: "/", pt: "->", de: "*", pp: "++", mm: "--" };

/* Functions within functions take the square of the length. */
const MANGLED_MAX = 4096;

/* Past the E that belongs to the letter at s[at]. */
function skipGroup(s, at)
{
	let depth = 1;

	at++;
	while (depth > 0 && at < s.length) {
		const number = /^\d+/.exec(s.slice(at, at + 8));
		if (number && s[at - 1] !== "L" && s[at - 2] !== "L") {
			at += number[0].length + Number(number[0]);
			continue;
		}
		if (s[at] === "S" || s[at] === "T") {
			/* A name that was there before. */
			const again = /^[ST](?:[0-9A-Z]*_|[a-z])/
			    .exec(s.slice(at));
			at += again ? again[0].length : 1;
			continue;
		}
		if (s[at] === "U" && (s[at + 1] === "l" || s[at + 1] === "t")) {
			at = unnamedAt(s, at).at;
			continue;
		}
		if ("INLXJFZ".includes(s[at]))
			depth++;
		else if (s[at] === "E")
			depth--;
		at++;
	}
	if (depth > 0)
		throw new Error("open");
	return at;
}

/* A lambda, or a type without a name: which one of its function's it is. */
function unnamedAt(s, at)
{
	const lambda = s[at + 1] === "l";
	const from = lambda ? skipGroup(s, at + 1) : at + 2;
	const number = /^(\d*)_/.exec(s.slice(from, from + 8));

	if (!number)
		throw new Error("unknown");
	return { text: (lambda ? "{lambda#" : "{unnamed#") +
	    (number[1] === "" ? 1 : Number(number[1]) + 2) + "}",
	    at: from + number[0].length };
}

/* One part of a name: its text and where it ends. */
function partAt(s, at, last)
{
	const number = /^\d+/.exec(s.slice(at, at + 8));
	const two = s.slice(at, at + 2);

	if (number) {
		const from = at + number[0].length;
		const text = s.slice(from, from + Number(number[0]));
		return { text: text.startsWith("_GLOBAL__N") ?
		    "(anonymous)" : text, at: from + text.length };
	}
	if (SHORT[two])
		return { text: SHORT[two], at: at + 2 };
	if (/^[CD][0-5]/.test(two))
		return { text: (two[0] === "D" ? "~" : "") + last,
		    at: at + 2 };
	if (OPERATORS[two])
		return { text: "operator " + OPERATORS[two], at: at + 2 };
	if (two === "Ul" || two === "Ut")
		return unnamedAt(s, at);
	throw new Error("unknown");
}

/* What is within a function: its name, then its own. */
function demangledLocal(name)
{
	const at = skipGroup(name, 2);

	return demangled("_Z" + name.slice(3, at - 1)) + "::" +
	    demangled("_Z" + name.slice(at));
}

function demangled(name)
{
	const head = /^_Z(N?[VK]*)/.exec(name);
	const parts = [];
	const nested = head && head[1] !== "";
	let at = head ? head[0].length : 0;

	if (!head || name.length > MANGLED_MAX)
		return name;
	try {
		if (name.startsWith("_ZZ"))
			return demangledLocal(name);
		while (at < name.length && name[at] !== "E") {
			if (name[at] === "I") {
				at = skipGroup(name, at);
				parts[parts.length - 1] += "<…>";
			} else if (name[at] === "B") {
				at = partAt(name, at + 1, "").at;
			} else if (!nested && parts.length > 0 &&
			    parts[parts.length - 1] !== "std") {
				break;
			} else {
				const last = parts[parts.length - 1] || "";
				const part = partAt(name, at,
				    last.replace(/<…>$/, ""));
				parts.push(part.text);
				at = part.at;
			}
		}
	} catch {
		return name;
	}
	return parts.length > 0 ? parts.join("::") : name;
}
