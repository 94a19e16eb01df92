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

/* Past the end of what starts at s[at] with I, N, L, X, J or F. */
function skipGroup(s, at)
{
	let depth = 0;

	do {
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
		if ("INLXJF".includes(s[at]))
			depth++;
		else if (s[at] === "E")
			depth--;
		at++;
	} while (depth > 0 && at < s.length);
	if (depth > 0)
		throw new Error("open");
	return at;
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
	if (two.startsWith("Ul") || two.startsWith("Ut"))
		return { text: "{lambda}", at: s.indexOf("_",
		    two === "Ul" ? skipGroup(s, at) : at) + 1 };
	throw new Error("unknown");
}

function demangled(name)
{
	const head = /^_Z(N?[VK]*)/.exec(name);
	const parts = [];
	const nested = head && head[1] !== "";
	let at = head ? head[0].length : 0;

	if (!head)
		return name;
	try {
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
