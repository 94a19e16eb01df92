# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Part of musl's config.mak, for GNU make.  BASALT is the top of our tree; its
# sources are linked as src/malloc/basalt/layer_file.c, the glue as
# src/malloc/basalt/glue.c and derived.c.

# From the thread pointer to struct pthread's malloc_self.
BASALT_SELF_x86_64 =	208
BASALT_SELF_aarch64 =	-40
BASALT_CPU_x86_64 =	amd64
BASALT_CPU_aarch64 =	aarch64

# What is ours stays out of the way of programs' names.
BASALT_NAMES = mmap munmap mprotect madvise mremap clock_gettime

BASALT_OBJS = $(patsubst %.c,obj/%,$(wildcard src/malloc/basalt/*.c))
BASALT_GLUE = obj/src/malloc/basalt/glue obj/src/malloc/basalt/derived
BASALT_FLAGS = -O2 -std=c11 -D_GNU_SOURCE -Wno-prio-ctor-dtor \
	-fno-builtin-malloc -fno-builtin-calloc -fno-builtin-realloc \
	-fno-builtin-free \
	-DSELF_OFFSET=$(BASALT_SELF_$(ARCH)) -MMD -MP -MF $@.d \
	-I$(BASALT)/contrib/basalt -I$(BASALT)/lib/libc/musl -I$(BASALT)/include \
	-I$(BASALT)/lib/libc/$(BASALT_CPU_$(ARCH))/stdlib \
	-isystem $(shell $(CC) -print-file-name=include)

# musl's headers as programs see them; no code that freestanding would spoil.
$(filter-out $(BASALT_GLUE:%=%.o) $(BASALT_GLUE:%=%.lo),\
	$(BASALT_OBJS:%=%.o) $(BASALT_OBJS:%=%.lo)): CFLAGS_ALL = -nostdinc \
	$(CFLAGS_AUTO) $(BASALT_FLAGS) -Wall -Wextra $(foreach n,$(BASALT_NAMES),-D$(n)=__$(n)) \
	$(foreach d,arch/$(ARCH) arch/generic obj/include include,-isystem $(d))
$(BASALT_GLUE:%=%.o) $(BASALT_GLUE:%=%.lo): CFLAGS_ALL += $(BASALT_FLAGS)
$(filter-out %/derived.o %/derived.lo,$(BASALT_OBJS:%=%.o) $(BASALT_OBJS:%=%.lo)): \
	CFLAGS_ALL += -fvisibility=hidden

# The malloc of musl's own insides.
CPPFLAGS += $(foreach f,malloc calloc realloc free,-D__libc_$(f)=_bas_$(f))

-include $(wildcard obj/src/malloc/basalt/*.d)
