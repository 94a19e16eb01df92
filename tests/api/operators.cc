/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Every form of operator new and delete, called as a compiler calls it.
 * Prints what is wrong; status 0 if nothing is.
 */

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>
#include <vector>

extern "C" size_t malloc_usable_size(void *);

static int failures;

#define	CHECK(e) do {							\
	if (!(e)) {							\
		std::printf("line %d: not so: %s\n", __LINE__, #e);	\
		failures++;						\
	}								\
} while (0)

/* A size the compiler does not know, so that it neither warns nor folds. */
static size_t
opaque(size_t n)
{
	__asm__ volatile("" : "+r"(n));
	return (n);
}

/* A result that is used, so that the call has to be made. */
static void
sink(void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

static bool
aligned_to(const void *p, size_t alignment)
{
	return (((uintptr_t)p & (alignment - 1)) == 0);
}

static void
use(void *p, size_t size)
{
	CHECK(p != nullptr);
	CHECK(aligned_to(p, size < 16 ? 8 : 16));
	CHECK(malloc_usable_size(p) >= size);
	std::memset(p, 0x5c, size);
}

static void
plain_forms()
{
	static const size_t sizes[] = { 0, 1, 8, 24, 200, 4096, 70000,
	    5000000 };

	for (size_t n : sizes) {
		size_t size = opaque(n);
		void *p[8];

		for (int i = 0; i < 4; i++) {
			p[i] = i % 2 == 0 ? ::operator new(size) :
			    ::operator new(size, std::nothrow);
			p[i + 4] = i % 2 == 0 ? ::operator new[](size) :
			    ::operator new[](size, std::nothrow);
			use(p[i], size);
			use(p[i + 4], size);
		}
		::operator delete(p[0]);
		::operator delete(p[1], std::nothrow);
		::operator delete(p[2], size);
		::operator delete(p[3]);
		::operator delete[](p[4]);
		::operator delete[](p[5], std::nothrow);
		::operator delete[](p[6], size);
		::operator delete[](p[7]);
	}
}

static void
aligned_forms()
{
	for (size_t align = 16; align <= 8 << 20; align *= 4) {
		std::align_val_t a{align};

		for (size_t n = 1; n < 3000000; n *= 9) {
			size_t size = opaque(n);
			void *p[6];

			p[0] = ::operator new(size, a);
			p[1] = ::operator new(size, a, std::nothrow);
			p[2] = ::operator new(size, a);
			p[3] = ::operator new[](size, a);
			p[4] = ::operator new[](size, a, std::nothrow);
			p[5] = ::operator new[](size, a);
			for (void *q : p) {
				CHECK(q != nullptr && aligned_to(q, align));
				std::memset(q, 1, size);
			}
			::operator delete(p[0], a);
			::operator delete(p[1], a, std::nothrow);
			::operator delete(p[2], size, a);
			::operator delete[](p[3], a);
			::operator delete[](p[4], a, std::nothrow);
			::operator delete[](p[5], size, a);
		}
	}
}

static void
delete_null()
{
	void *volatile null = nullptr;
	std::align_val_t a{64};

	::operator delete(null);
	::operator delete[](null);
	::operator delete(null, std::nothrow);
	::operator delete[](null, std::nothrow);
	::operator delete(null, opaque(100));
	::operator delete[](null, opaque(100));
	::operator delete(null, a);
	::operator delete[](null, a);
	::operator delete(null, a, std::nothrow);
	::operator delete[](null, a, std::nothrow);
	::operator delete(null, opaque(100), a);
	::operator delete[](null, opaque(100), a);
}

template <typename F> static bool
throws_bad_alloc(F f)
{
	try {
		f();
	} catch (const std::bad_alloc &) {
		return (true);
	}
	return (false);
}

static void
failures_throw()
{
	size_t size = opaque(SIZE_MAX / 2 - 100);
	std::align_val_t a{4096};

	CHECK(throws_bad_alloc([&] { sink(::operator new(size)); }));
	CHECK(throws_bad_alloc([&] { sink(::operator new[](size)); }));
	CHECK(throws_bad_alloc([&] { sink(::operator new(size, a)); }));
	CHECK(throws_bad_alloc([&] { sink(::operator new[](size, a)); }));
	CHECK(throws_bad_alloc([&] { sink(::operator new(opaque(SIZE_MAX))); }));
	CHECK(::operator new(size, std::nothrow) == nullptr);
	CHECK(::operator new[](size, std::nothrow) == nullptr);
	CHECK(::operator new(size, a, std::nothrow) == nullptr);
	CHECK(::operator new[](size, a, std::nothrow) == nullptr);
}

static int handler_calls;

static void
count_then_give_up()
{
	if (++handler_calls == 3)
		std::set_new_handler(nullptr);
}

struct from_handler { };

static void
throw_own()
{
	handler_calls++;
	throw from_handler();
}

static void
throw_bad_alloc()
{
	handler_calls++;
	throw std::bad_alloc();
}

static bool
own_exception(size_t size)
{
	try {
		sink(::operator new(size));
	} catch (const from_handler &) {
		return (true);
	} catch (...) {
	}
	return (false);
}

static void
new_handler()
{
	size_t size = opaque(SIZE_MAX / 2 - 100);

	handler_calls = 0;
	std::set_new_handler(count_then_give_up);
	CHECK(throws_bad_alloc([&] { sink(::operator new(size)); }));
	CHECK(handler_calls == 3);

	handler_calls = 0;
	std::set_new_handler(count_then_give_up);
	CHECK(::operator new(size, std::nothrow) == nullptr);
	CHECK(handler_calls == 3);

	handler_calls = 0;
	std::set_new_handler(count_then_give_up);
	CHECK(throws_bad_alloc([&] {
		sink(::operator new(size, std::align_val_t{64}));
	}));
	CHECK(handler_calls == 3);

	handler_calls = 0;
	std::set_new_handler(throw_own);
	CHECK(own_exception(size));
	CHECK(handler_calls == 1);

	handler_calls = 0;
	std::set_new_handler(throw_bad_alloc);
	CHECK(::operator new[](size, std::nothrow) == nullptr);
	CHECK(handler_calls == 1);
	std::set_new_handler(nullptr);
}

struct alignas(128) wide {
	char	 text[300];
};

static void
expressions()
{
	std::vector<wide *> v;

	for (int i = 0; i < 1000; i++) {
		wide *w = i % 2 == 0 ? new wide : new (std::nothrow) wide;

		CHECK(aligned_to(w, 128));
		std::memset(w, i, sizeof(*w));
		v.push_back(w);
	}
	std::thread([&] {
		for (wide *w : v)
			delete w;
	}).join();

	wide *array = new wide[100];

	CHECK(aligned_to(array, 128));
	delete[] array;
}

int
main()
{
	plain_forms();
	aligned_forms();
	delete_null();
	failures_throw();
	new_handler();
	expressions();
	std::printf("operators: %d failures\n", failures);
	return (failures == 0 ? 0 : 1);
}
