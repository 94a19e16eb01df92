-- Copyright (c) 2026 The basalt developers
-- SPDX-License-Identifier: BSD-2-Clause

-- Trees of tables beside one that stays, and strings that are joined.

local function tree(depth)
	if depth == 0 then
		return {}
	end
	return { tree(depth - 1), tree(depth - 1) }
end

local function count(t)
	return t[1] and 1 + count(t[1]) + count(t[2]) or 1
end

local stays = tree(18)
local n = 0
for depth = 4, 16, 4 do
	for _ = 1, 1 << (18 - depth) do
		n = n + count(tree(depth))
	end
end
local words, index = {}, {}
for i = 1, 400000 do
	local word = "w" .. (i * 7919 % 100003) .. "/" .. i
	words[#words + 1] = word
	index[word] = { i, word:upper() }
end
table.sort(words)
print(n, count(stays), #words, #table.concat(words, ","))
