/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A walk up the stack, from each frame to its caller's: by the tables of
 * the file that the code is in (eh_frame.c), and where there are none by
 * the chain of frame pointers, which is believed only if it comes back to
 * code that has tables.
 *
 * Each page of the stack is tried before it is read, each frame is above
 * the one before, and no more are looked at than were asked for: whatever
 * the tables or the stack may hold, this ends, and touches nothing that is
 * not there.  A thread's next walk need not try again the pages that tables
 * led to in one piece: they are its stack's as long as it is below them.
 */
#include <string.h>

#include "os/backtrace.h"
#include "os/backtrace_rule.h"
#include "os/eh_frame.h"
#include "os/machine.h"
#include "os/maps.h"
#include "os/module.h"
#include "malloc_machdep.h"

#define	PAGE		((uintptr_t)1 << MACH_PAGE_SHIFT)
/* A chain of frame pointers takes no longer steps. */
#define	CHAIN_STEP	((uintptr_t)1 << 20)
/* Signals that interrupt handlers of signals. */
#define	SIGNALS_MAX	16

struct walk {
	uintptr_t	 pc;
	uintptr_t	 regs[MACHINE_REGISTERS];
	uint64_t	 known;		/* which of regs */
	bool		 exact;		/* pc is no return address */
	unsigned	 signals;
	uintptr_t	 low, high;	/* what of the stack can be read */
	struct backtrace_stack stack;	/* so can this, where tables lead */
	uintptr_t	 end;		/* of one piece; 0: nobody asks */
	uintptr_t	 top;		/* tables have led up to here */
};

_Atomic uint64_t _bas_backtrace_kept[1 << BACKTRACE_KEPT_BITS][2];

/*
 * Can the word at addr be read?  The stack's pages follow each other, and
 * two are tried at once.
 */
static bool
walk_reach(struct walk *walk, uintptr_t addr)
{
	uintptr_t page = addr & -PAGE, end;

	if (addr % sizeof(uintptr_t) != 0)
		return (false);
	if (addr >= walk->low && addr < walk->high)
		return (true);
	if (_bas_os_readable(page, 2 * PAGE))
		end = page + 2 * PAGE;
	else if (_bas_os_readable(page, 1))
		end = page + PAGE;
	else
		return (false);
	if (page != walk->high)
		walk->low = page;
	walk->high = end;
	if (walk->end != 0)
		_bas_backtrace_stack_join(&walk->stack, &walk->end, page, end);
	return (true);
}

static bool
walk_load(struct walk *walk, uintptr_t addr, uintptr_t *value)
{

	if (addr < PAGE || !walk_reach(walk, addr))
		return (false);
	*value = *(const uintptr_t *)addr;
	return (true);
}

/* A word of a frame that a table tells of. */
static inline bool
walk_load_known(struct walk *walk, uintptr_t addr, uintptr_t *value)
{

	if (!backtrace_stack_has(&walk->stack, addr) ||
	    addr % sizeof(uintptr_t) != 0)
		return (walk_load(walk, addr, value));
	*value = *(const uintptr_t *)addr;
	return (true);
}

static bool
is_known(const struct walk *walk, unsigned reg)
{

	return (reg < MACHINE_REGISTERS && (walk->known >> reg & 1) != 0);
}

/* Does the place's word fit?  Multiples of a word alone are kept. */
static bool
place_pack(const struct eh_place *place, int16_t *word)
{

	*word = WORD_SAME;
	if (place->where == EH_SAME)
		return (true);
	*word = (int16_t)(place->offset / (int64_t)sizeof(uintptr_t));
	return (place->where == EH_OFFSET && *word != WORD_SAME &&
	    *word * (int64_t)sizeof(uintptr_t) == place->offset);
}

static struct rule
rule_of(const struct eh_rule *eh)
{
	struct rule rule = { .step = STEP_LONG };

	if (eh->ra.where == EH_UNDEFINED)
		rule.step = STEP_END;
	else if (eh->cfa.where == EH_VALUE &&
	    eh->cfa.offset == (int32_t)((uint32_t)eh->cfa.offset << 4) >> 4 &&
	    place_pack(&eh->ra, &rule.ra) && place_pack(&eh->fp, &rule.fp)) {
		rule.cfa = (int32_t)eh->cfa.offset;
		if (eh->cfa_register == MACHINE_SP)
			rule.step = STEP_SP;
		else if (eh->cfa_register == MACHINE_FP)
			rule.step = STEP_FP;
	}
	return (rule);
}

static bool
is_sigreturn(uintptr_t pc)
{

	return (_bas_os_readable(pc, MACHINE_SIGRETURN_SIZE) &&
	    machine_is_sigreturn((const void *)pc));
}

/*
 * What to do in a frame whose code is at place.  eh is filled in where the
 * rule is too long to be kept.
 */
static struct rule
rule_find(const struct walk *walk, uintptr_t place, struct eh_rule *eh)
{
	struct rule rule;
	uint64_t key = kept_key(place);
	const struct module *m;

	if (kept_find(key, &rule) && rule.step != STEP_LONG)
		return (rule);
	rule = (struct rule){ .step = STEP_NONE, .ra = WORD_SAME };
	m = _bas_module_of(place);
	if (is_sigreturn(walk->pc))
		rule.step = STEP_SIGNAL;
	else if (m != NULL && _bas_eh_frame_rule(m, place, eh))
		rule = rule_of(eh);
	if (m != NULL)
		kept_set(kept_key(place), rule);
	return (rule);
}

/*
 * To the caller's frame at cfa.  It is above this one; where there is none
 * to speak of, as when a signal came before a function had begun, it may
 * be the same.
 */
static bool
walk_to(struct walk *walk, uintptr_t cfa, uintptr_t ra, bool has_fp,
    uintptr_t fp)
{
	uintptr_t sp = walk->regs[MACHINE_SP];

	if (cfa < sp || (cfa == sp && !walk->exact))
		return (false);
	walk->pc = machine_strip(ra);
	walk->exact = false;
	walk->regs[MACHINE_SP] = cfa;
	walk->regs[MACHINE_FP] = fp;
	walk->known = (uint64_t)1 << MACHINE_SP |
	    (uint64_t)has_fp << MACHINE_FP;
	return (walk->pc >= PAGE);
}

static uintptr_t
word_at(uintptr_t cfa, int16_t words)
{

	return (cfa + (uintptr_t)((intptr_t)words * (intptr_t)sizeof(cfa)));
}

static bool
step_short(struct walk *walk, struct rule rule)
{
	unsigned base = rule.step == STEP_SP ? MACHINE_SP : MACHINE_FP;
	bool has_fp = is_known(walk, MACHINE_FP);
	uintptr_t cfa, ra, fp = walk->regs[MACHINE_FP];

	if (!is_known(walk, base))
		return (false);
	cfa = walk->regs[base] + (uintptr_t)(intptr_t)rule.cfa;
	if (rule.ra == WORD_SAME) {
		if (!is_known(walk, MACHINE_RA) || !walk->exact)
			return (false);
		ra = walk->regs[MACHINE_RA];
	} else if (!walk_load_known(walk, word_at(cfa, rule.ra), &ra))
		return (false);
	if (rule.fp != WORD_SAME) {
		has_fp = true;
		if (!walk_load_known(walk, word_at(cfa, rule.fp), &fp))
			return (false);
	}
	return (walk_to(walk, cfa, ra, has_fp, fp));
}

/* The kernel has all registers; the stack may be another one. */
static bool
step_signal(struct walk *walk)
{
	static const uint8_t order[MACHINE_REGISTERS] = MACHINE_SIGNAL_ORDER;
	uintptr_t at = walk->regs[MACHINE_SP] + MACHINE_SIGNAL_REGISTERS;
	uintptr_t value;
	unsigned i;

	if (++walk->signals > SIGNALS_MAX)
		return (false);
	for (i = 0; i < MACHINE_REGISTERS; i++, at += sizeof(value)) {
		if (!walk_load(walk, at, &value))
			return (false);
		walk->regs[order[i]] = value;
	}
	walk->pc = value;
	walk->known = ((uint64_t)1 << MACHINE_REGISTERS) - 1;
	walk->exact = true;
	return (walk->pc >= PAGE);
}

/* The two words that a frame pointer points to. */
static bool
step_chain(struct walk *walk)
{
	uintptr_t fp = walk->regs[MACHINE_FP], next, ra;

	if (!is_known(walk, MACHINE_FP) || fp < walk->regs[MACHINE_SP] ||
	    fp - walk->regs[MACHINE_SP] > CHAIN_STEP ||
	    !walk_load(walk, fp, &next) ||
	    !walk_load(walk, fp + sizeof(fp), &ra))
		return (false);
	return (walk_to(walk, fp + 2 * sizeof(fp), ra, true, next));
}

/*
 * Expressions: a machine with a stack, of which as much is here as
 * compilers and libraries use.
 */
#define	STACK_MAX	8

struct sum {
	uintptr_t	 stack[STACK_MAX];
	unsigned	 n;
};

static void
sum_push(struct sum *s, struct eh_bytes *b, uintptr_t value)
{

	if (s->n == STACK_MAX)
		b->bad = true;
	else
		s->stack[s->n++] = value;
}

static uintptr_t
sum_pop(struct sum *s, struct eh_bytes *b)
{

	if (s->n == 0) {
		b->bad = true;
		return (0);
	}
	return (s->stack[--s->n]);
}

static void
sum_two(struct sum *s, struct eh_bytes *b, unsigned op)
{
	uintptr_t y = sum_pop(s, b), x = sum_pop(s, b), value = 0;

	switch (op) {
	case 0x1a:	/* and */
		value = x & y;
		break;
	case 0x1c:	/* minus */
		value = x - y;
		break;
	case 0x22:	/* plus */
		value = x + y;
		break;
	case 0x24:	/* shl */
		value = y < 64 ? x << y : 0;
		break;
	case 0x2a:	/* ge */
		value = (intptr_t)x >= (intptr_t)y;
		break;
	default:
		b->bad = true;
	}
	sum_push(s, b, value);
}

static void
sum_step(struct walk *walk, struct sum *s, struct eh_bytes *b)
{
	unsigned op = _bas_eh_u8(b), reg;
	uintptr_t value;

	if (op >= 0x30 && op <= 0x4f) {			/* lit0 to lit31 */
		sum_push(s, b, op - 0x30);
	} else if (op >= 0x70 && op <= 0x8f) {		/* breg0 to breg31 */
		reg = op - 0x70;
		value = (uintptr_t)_bas_eh_sleb(b);
		if (reg == MACHINE_RA && MACHINE_RA == MACHINE_REGISTERS - 1)
			value += walk->pc;
		else if (is_known(walk, reg))
			value += walk->regs[reg];
		else
			b->bad = true;
		sum_push(s, b, value);
	} else if (op >= 0x08 && op <= 0x0d) {		/* const1u to const4s */
		sum_push(s, b, _bas_eh_fixed(b, 1U << ((op - 0x08) / 2),
		    op % 2 != 0));
	} else if (op == 0x23) {			/* plus_uconst */
		value = sum_pop(s, b);
		sum_push(s, b, value + _bas_eh_uleb(b));
	} else if (op == 0x06) {			/* deref */
		value = sum_pop(s, b);
		if (!walk_load(walk, value, &value))
			b->bad = true;
		sum_push(s, b, value);
	} else
		sum_two(s, b, op);
}

/* The CFA of the frame lies on the stack where the place is a register's. */
static bool
place_load(struct walk *walk, const struct eh_place *place, bool has_cfa,
    uintptr_t cfa, uintptr_t *value)
{
	struct eh_bytes b = { .p = place->expression };
	struct sum s = { .n = 0 };
	uint64_t size;

	if (place->where == EH_OFFSET)
		return (walk_load(walk, cfa + (uintptr_t)place->offset,
		    value));
	if (place->where == EH_VALUE) {
		*value = cfa + (uintptr_t)place->offset;
		return (true);
	}
	if (place->where != EH_AT && place->where != EH_IS)
		return (false);
	/* Its length was looked at when the record was read. */
	b.end = b.p + 10;
	size = _bas_eh_uleb(&b);
	b.end = b.p + size;
	if (has_cfa)
		sum_push(&s, &b, cfa);
	while (b.p < b.end && !b.bad)
		sum_step(walk, &s, &b);
	*value = sum_pop(&s, &b);
	if (b.bad)
		return (false);
	return (place->where == EH_IS || walk_load(walk, *value, value));
}

static bool
step_long(struct walk *walk, const struct eh_rule *eh)
{
	uintptr_t cfa, ra, fp = walk->regs[MACHINE_FP];
	bool has_fp = is_known(walk, MACHINE_FP);

	if (eh->cfa.where == EH_VALUE) {
		if (!is_known(walk, eh->cfa_register))
			return (false);
		cfa = walk->regs[eh->cfa_register] +
		    (uintptr_t)eh->cfa.offset;
	} else if (!place_load(walk, &eh->cfa, false, 0, &cfa))
		return (false);
	if (eh->ra.where == EH_SAME) {
		if (!is_known(walk, MACHINE_RA) || !walk->exact)
			return (false);
		ra = walk->regs[MACHINE_RA];
	} else if (!place_load(walk, &eh->ra, true, cfa, &ra))
		return (false);
	if (eh->fp.where != EH_SAME)
		has_fp = place_load(walk, &eh->fp, true, cfa, &fp);
	return (walk_to(walk, cfa, ra, has_fp, fp));
}

/* To the caller; false: there is none.  by_table: how it was found. */
static bool
walk_up(struct walk *walk, bool *by_table)
{
	struct eh_rule eh;
	struct rule rule;

	rule = rule_find(walk, walk->pc - !walk->exact, &eh);
	*by_table = rule.step != STEP_NONE;
	switch (rule.step) {
	case STEP_SP:
	case STEP_FP:
		return (step_short(walk, rule));
	case STEP_LONG:
		return (step_long(walk, &eh));
	case STEP_SIGNAL:
		return (step_signal(walk));
	case STEP_NONE:
		return (step_chain(walk));
	case STEP_END:
		break;
	}
	return (false);
}

/* The caller's frame, of who calls this one. */
static void
walk_begin(struct walk *walk, uintptr_t *frame, uintptr_t cfa, uintptr_t pc)
{

	walk->pc = machine_strip(pc);
	walk->exact = false;
	walk->signals = 0;
	walk->regs[MACHINE_SP] = cfa;
	walk->regs[MACHINE_FP] = frame[0];
	walk->known = (uint64_t)1 << MACHINE_SP | (uint64_t)1 << MACHINE_FP;
	walk->low = (uintptr_t)frame & -PAGE;
	walk->high = walk->low + PAGE;
	walk->stack = (struct backtrace_stack){ .low = 0 };
	walk->end = walk->top = 0;
}

/*
 * As far as rules are kept and the stack is known, which mostly is all the
 * way: the same steps as below, a third of the instructions.
 */
static unsigned
walk_short(struct walk *walk, uintptr_t *pcs, unsigned max)
{
	uint64_t epoch = kept_key(0), key, word;
	uintptr_t pc = walk->pc, sp = walk->regs[MACHINE_SP], cfa;
	uintptr_t fp = walk->regs[MACHINE_FP], ra, old;
	_Atomic uint64_t *entry;
	struct rule rule;
	unsigned n;

	for (n = 0; n < max; n++) {
		key = epoch ^ (pc - 1);
		entry = kept_entry(key);
		word = atomic_load_explicit(&entry[1], memory_order_relaxed);
		rule = rule_unpack(word);
		if ((atomic_load_explicit(&entry[0], memory_order_relaxed) ^
		    word) != key || (rule.step != STEP_SP &&
		    rule.step != STEP_FP) || rule.ra == WORD_SAME)
			break;
		cfa = (rule.step == STEP_SP ? sp : fp) +
		    (uintptr_t)(intptr_t)rule.cfa;
		old = word_at(cfa, rule.fp == WORD_SAME ? rule.ra : rule.fp);
		ra = word_at(cfa, rule.ra);
		if (cfa <= sp || cfa % sizeof(cfa) != 0 ||
		    !backtrace_stack_has(&walk->stack, ra) ||
		    !backtrace_stack_has(&walk->stack, old))
			break;
		ra = machine_strip(*(const uintptr_t *)ra);
		if (ra < PAGE)
			break;
		pcs[n] = pc;
		pc = ra;
		sp = cfa;
		if (rule.fp != WORD_SAME)
			fp = *(const uintptr_t *)old;
	}
	walk->pc = pc;
	walk->regs[MACHINE_SP] = walk->top = sp;
	walk->regs[MACHINE_FP] = fp;
	return (n);
}

static unsigned
walk_all(struct walk *walk, uintptr_t *pcs, unsigned max, unsigned skip)
{
	bool by_table = true, up = true, one_stack = true;
	unsigned n = 0, sure = 0;

	if (walk->stack.high != 0)
		n = sure = walk_short(walk, pcs, max);
	while (n < max && up) {
		if (skip > 0)
			skip--;
		else
			pcs[n++] = walk->pc + walk->exact;
		/* A place counts if a table has led to it, or knows it. */
		if (by_table)
			sure = n;
		up = walk_up(walk, &by_table);
		if (by_table)
			sure = n;
		one_stack &= by_table && walk->signals == 0;
		if (up && one_stack)
			walk->top = walk->regs[MACHINE_SP];
	}
	return (sure);
}

__attribute__((noinline)) unsigned
_bas_os_backtrace(uintptr_t *pcs, unsigned max, unsigned skip)
{
	uintptr_t *frame = __builtin_frame_address(0);
	struct walk walk;

	walk_begin(&walk, frame, MACHINE_CFA(frame),
	    (uintptr_t)__builtin_return_address(0));
	return (walk_all(&walk, pcs, max, skip));
}

__attribute__((noinline)) unsigned
_bas_os_backtrace_on(struct backtrace_stack *stack, uintptr_t *pcs,
    unsigned max)
{
	uintptr_t *frame = __builtin_frame_address(0);
	struct walk walk;
	unsigned n;

	walk_begin(&walk, frame, MACHINE_CFA(frame),
	    (uintptr_t)__builtin_return_address(0));
	if (stack != NULL) {
		walk.stack = _bas_backtrace_stack_at(stack, walk.low);
		walk.end = walk.high;
	}
	n = walk_all(&walk, pcs, max, 0);
	if (stack != NULL)
		_bas_backtrace_stack_note(stack, walk.stack,
		    (uintptr_t)frame & -PAGE, walk.end, walk.top);
	return (n);
}

void
_bas_os_backtrace_init(void)
{

	_bas_module_init();
}
