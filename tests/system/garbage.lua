-- Copyright (c) 2026 The basalt developers
-- SPDX-License-Identifier: BSD-2-Clause
--
-- garbage.lua [rounds [generational]]: makes much garbage, checks what it
-- keeps, and prints what follows from all of it.

local rounds = tonumber(arg[1]) or 3
if arg[2] then collectgarbage(arg[2]) end

local state = 42
local function rng(n)
	state = (state * 1103515245 + 12345) % 2147483648
	return (state >> 8) % n + 1
end

local digest = 0
local function note(...)
	for _, v in ipairs({...}) do
		for c in tostring(v):gmatch(".") do
			digest = (digest * 31 + c:byte()) % 4294967291
		end
	end
end

-- Trees of tables, as deep as they are.
local function tree(depth)
	if depth == 0 then return {} end
	return { tree(depth - 1), tree(depth - 1) }
end
local function count(t)
	if not t[1] then return 1 end
	return 1 + count(t[1]) + count(t[2])
end
local function trees()
	local long = tree(14)
	for _ = 1, 30 do assert(count(tree(9)) == 1023) end
	assert(count(long) == 32767)
	note(count(long))
end

-- Strings of all lengths, kept by a table that grows and shrinks.
local function strings()
	local kept, bytes = {}, 0
	for i = 1, 40000 do
		local k = rng(4000)
		local s = kept[k]
		if s then
			assert(#s == tonumber(s:match("^(%d+):")), "a string changed")
			bytes = bytes - #s
		end
		local len = rng(16) == 1 and rng(9000) + 8 or rng(200) + 8
		local head = len .. ":"
		s = head .. string.rep(string.char(96 + rng(26)), len - #head)
		kept[k] = s
		bytes = bytes + #s
	end
	local sum = 0
	for _, s in pairs(kept) do sum = sum + #s end
	assert(sum == bytes)
	local sorted = {}
	for _, s in pairs(kept) do sorted[#sorted + 1] = s end
	table.sort(sorted)
	note(sum, sorted[1], sorted[#sorted])
end

-- Text put together, taken apart and replaced in.
local function text()
	local words = {}
	for i = 1, 20000 do words[i] = ("%x%s"):format(rng(99999), i % 7) end
	local s = table.concat(words, " ")
	local back = {}
	for w in s:gmatch("%S+") do back[#back + 1] = w end
	assert(#back == #words)
	for i = 1, #words do assert(back[i] == words[i]) end
	local n
	s, n = s:gsub("(%a)(%d)", "%2<%1>")
	note(#s, n, s:sub(1, 200), s:reverse():sub(1, 200), s:upper():sub(-100))
	s = ""
	for i = 1, 3000 do s = s .. i end
	note(#s)
end

-- Coroutines that hand values to one another, and closures over them.
local function coroutines()
	local function filter(inner, p)
		return coroutine.wrap(function ()
			for v in inner do
				if v % p ~= 0 then coroutine.yield(v) end
			end
		end)
	end
	local chain = coroutine.wrap(function ()
		for i = 2, 400 do coroutine.yield(i) end
	end)
	local primes = {}
	while true do
		local p = chain()
		if not p then break end
		primes[#primes + 1] = p
		chain = filter(chain, p)
	end
	assert(#primes == 78 and primes[78] == 397)
	local made = {}
	for i = 1, 20000 do
		local held = { i }
		made[i] = function () return held[1] + #primes end
	end
	local sum = 0
	for i = 1, #made do sum = sum + made[i]() end
	note(sum)
end

-- Weak tables, finalizers, and what outlives a collection.
local function weak()
	local gone, cache = 0, setmetatable({}, { __mode = "v" })
	local keep = {}
	for i = 1, 5000 do
		local o = setmetatable({ i }, { __gc = function () gone = gone + 1 end })
		cache[i] = o
		if i % 10 == 0 then keep[#keep + 1] = o end
		o = nil
	end
	collectgarbage()
	collectgarbage()
	assert(gone == 4500, gone)
	local n = 0
	for _, o in pairs(cache) do n = n + o[1] end
	assert(n == 1252500, n)
	note(gone, n)
end

for _ = 1, rounds do
	trees()
	strings()
	text()
	coroutines()
	weak()
end
collectgarbage()
assert(collectgarbage("count") < 20000)
print(("digest %08x"):format(digest))
