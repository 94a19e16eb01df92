# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Part of musl's config.mak, for GNU make.  BASALT is the top of our tree,
# BASALT_CPU its name of the processor.  Its sources are linked in
# src/malloc/basalt, as layer_file.c; the glue as glue.c and derived.c.

# From the thread pointer to struct pthread's malloc_self.
BASALT_SELF_x86_64 =	208
BASALT_SELF_aarch64 =	-64

# Atomics are inline: share/doc/basalt/memory-order.md.
BASALT_CPUFLAGS_aarch64 = -mno-outline-atomics

AOBJS = $(LOBJS)
BASALT_DIR = obj/src/malloc/basalt
BASALT_OBJS = $(patsubst src/%.c,obj/src/%.lo,$(wildcard src/malloc/basalt/*.c))
BASALT_GLUE = $(BASALT_DIR)/glue.lo $(BASALT_DIR)/derived.lo
BASALT_FLAGS = -fasynchronous-unwind-tables -O2 -std=c11 -D_GNU_SOURCE \
	-Wno-prio-ctor-dtor $(foreach f,malloc calloc realloc free,-fno-builtin-$(f)) \
	$(BASALT_CPUFLAGS_$(ARCH)) -DSELF_OFFSET=$(BASALT_SELF_$(ARCH)) -MMD -MP -MF $@.d \
	$(foreach d,contrib/basalt lib/libc/musl include \
	lib/libc/$(BASALT_CPU)/stdlib,-I$(BASALT)/$(d)) \
	-isystem $(shell $(CC) -print-file-name=include)
# Who calls malloc can be found where musl does, too.
CFLAGS += -fasynchronous-unwind-tables

# What musl is compiled with does for the glue.  The allocator sees musl's
# headers as programs do, is not freestanding, which would make calls of all
# memsets, and leaves the names of POSIX to the program.
$(BASALT_GLUE): CFLAGS_ALL += $(BASALT_FLAGS)
$(BASALT_DIR)/glue.lo: CFLAGS_ALL += -fvisibility=hidden
$(filter-out $(BASALT_GLUE),$(BASALT_OBJS)): CFLAGS_ALL = $(CFLAGS_AUTO) \
	-nostdinc $(BASALT_FLAGS) -Wall -Wextra -fvisibility=hidden \
	$(foreach d,arch/$(ARCH) arch/generic obj/include include,-isystem $(d)) \
	$(foreach f,mmap munmap mprotect madvise mremap clock_gettime,-D$(f)=__$(f))

# These go by the public names, which may be the program's own.
$(foreach f,reallocarray sized valloc,$(BASALT_DIR)/api_$(f).lo): CFLAGS_ALL += \
	$(foreach f,calloc realloc free,-D_bas_$(f)=$(f)) \
	'-D_bas_alloc_memalign(f,a,s)=aligned_alloc(a,s)'

# The malloc of musl's own insides.
CPPFLAGS += $(foreach f,malloc calloc realloc free,-D__libc_$(f)=_bas_$(f))

-include $(wildcard $(BASALT_DIR)/*.d)
