# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# lua: scripts that make much garbage and check what they keep.

. "$BASALT_SRCTOP/tests/system/lib.sh"

garbage()
{
	need lua
	same "$1" lua "$here/garbage.lua" 3
	cat said
}
both garbage "Tables, strings, closures and coroutines"

generations()
{
	need lua
	same "$1" lua "$here/garbage.lua" 2 generational
}
both generations "The same with the generational collector"

settings()
{
	need lua
	options atf_check -o save:said "$system/basalt-$1/lua" \
	    "$here/garbage.lua" 1
	same "$1" lua "$here/garbage.lua" 1
}
both settings "The same with settings of the malloc"

# An error that a program can catch, after which it goes on.
hungry()
{
	need lua
	cat >hungry.lua <<-'END'
	local t = {}
	local ok, why = pcall(function ()
		while true do t[#t + 1] = string.rep("x", 100000 + #t) end
	end)
	local n = #t
	t = nil
	collectgarbage()
	print(ok, why, n > 100)
	t = {}
	for i = 1, 10000 do t[i] = tostring(i) end
	print(#table.concat(t))
	END
	printf 'false\tnot enough memory\ttrue\n38894\n' >expout
	atf_check -o file:expout sh -c "ulimit -v 200000 &&
	    exec '$system/basalt-$1/lua' hungry.lua"
}
both hungry "No more memory, caught"
