/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdbool.h>
#include <stdint.h>

#include "util/fmt.h"

/* 64 bits take 20 decimal digits; a sign or "0x" is kept apart. */
#define	DIGITS_MAX	20

struct out {
	char	*buf;
	size_t	 size;
	size_t	 len;		/* of the whole text, beyond size too */
};

struct spec {
	bool	left;
	bool	zero;
	size_t	width;
	size_t	precision;	/* SIZE_MAX: none given */
	int	length;		/* 0 int, 1 long, 2 long long, 3 size_t */
};

static void
out_char(struct out *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void
out_fill(struct out *out, char c, size_t n)
{
	for (; n > 0; n--)
		out_char(out, c);
}

/* Lay prefix and body out in the field that the spec asks for. */
static void
out_field(struct out *out, const struct spec *spec, const char *prefix,
    const char *body, size_t bodylen)
{
	size_t prefixlen, pad, i;

	for (prefixlen = 0; prefix[prefixlen] != '\0'; prefixlen++)
		;
	pad = spec->width > prefixlen + bodylen ?
	    spec->width - prefixlen - bodylen : 0;
	if (!spec->left && !spec->zero)
		out_fill(out, ' ', pad);
	for (i = 0; i < prefixlen; i++)
		out_char(out, prefix[i]);
	if (!spec->left && spec->zero)
		out_fill(out, '0', pad);
	for (i = 0; i < bodylen; i++)
		out_char(out, body[i]);
	if (spec->left)
		out_fill(out, ' ', pad);
}

static void
out_number(struct out *out, const struct spec *spec, const char *prefix,
    unsigned long long value, unsigned base)
{
	char digits[DIGITS_MAX];
	size_t n;

	n = sizeof(digits);
	do {
		digits[--n] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	out_field(out, spec, prefix, &digits[n], sizeof(digits) - n);
}

static void
out_signed(struct out *out, const struct spec *spec, long long value)
{
	/* Negated as unsigned: the smallest value has no positive twin. */
	if (value < 0)
		out_number(out, spec, "-", -(unsigned long long)value, 10);
	else
		out_number(out, spec, "", (unsigned long long)value, 10);
}

static void
out_string(struct out *out, const struct spec *spec, const char *s)
{
	struct spec plain = *spec;
	size_t len;

	if (s == NULL)
		s = "(null)";
	for (len = 0; len < spec->precision && s[len] != '\0'; len++)
		;
	plain.zero = false;
	out_field(out, &plain, "", s, len);
}

/* A decimal number in the format itself; the caller checks what follows. */
static size_t
spec_number(const char **fp)
{
	size_t n;

	for (n = 0; **fp >= '0' && **fp <= '9'; (*fp)++)
		n = n * 10 + (size_t)(**fp - '0');
	return (n);
}

static void
spec_length(struct spec *spec, const char **fp)
{
	spec->length = 0;
	if (**fp == 'z') {
		spec->length = 3;
		(*fp)++;
	}
	for (; **fp == 'l' && spec->length < 2; (*fp)++)
		spec->length++;
}

static unsigned long long
arg_unsigned(int length, va_list *ap)
{
	switch (length) {
	case 1:
		return (va_arg(*ap, unsigned long));
	case 2:
		return (va_arg(*ap, unsigned long long));
	case 3:
		return (va_arg(*ap, size_t));
	default:
		return (va_arg(*ap, unsigned));
	}
}

static long long
arg_signed(int length, va_list *ap)
{
	switch (length) {
	case 1:
		return (va_arg(*ap, long));
	case 2:
		return (va_arg(*ap, long long));
	case 3:
		return (va_arg(*ap, ptrdiff_t));
	default:
		return (va_arg(*ap, int));
	}
}

/* Flags, width, precision and length, up to the letter of the conversion. */
static void
spec_parse(struct spec *spec, const char **fp, va_list *ap)
{
	int given;

	*spec = (struct spec){ .precision = SIZE_MAX };
	for (; **fp == '-' || **fp == '0'; (*fp)++) {
		spec->left |= **fp == '-';
		spec->zero |= **fp == '0';
	}
	if (**fp == '*') {
		(*fp)++;
		given = va_arg(*ap, int);
		spec->left |= given < 0;
		spec->width = given < 0 ? 0u - (unsigned)given :
		    (unsigned)given;
	} else
		spec->width = spec_number(fp);
	if (**fp == '.') {
		(*fp)++;
		if (**fp == '*') {
			(*fp)++;
			given = va_arg(*ap, int);
			spec->precision = given < 0 ? SIZE_MAX : (size_t)given;
		} else
			spec->precision = spec_number(fp);
	}
	spec_length(spec, fp);
}

/* One conversion; false if its letter is not one of ours. */
static bool
out_conversion(struct out *out, const struct spec *spec, char letter,
    va_list *ap)
{
	char c;

	switch (letter) {
	case 's':
		out_string(out, spec, va_arg(*ap, const char *));
		return (true);
	case 'c':
		c = (char)va_arg(*ap, int);
		out_field(out, spec, "", &c, 1);
		return (true);
	case 'd':
	case 'i':
		out_signed(out, spec, arg_signed(spec->length, ap));
		return (true);
	case 'u':
		out_number(out, spec, "", arg_unsigned(spec->length, ap), 10);
		return (true);
	case 'x':
		out_number(out, spec, "", arg_unsigned(spec->length, ap), 16);
		return (true);
	case 'p':
		out_number(out, spec, "0x",
		    (uintptr_t)va_arg(*ap, void *), 16);
		return (true);
	case '%':
		out_char(out, '%');
		return (true);
	default:
		return (false);
	}
}

size_t
_bas_vfmt(char *buf, size_t size, const char *format, va_list list)
{
	struct out out = { buf, size, 0 };
	struct spec spec;
	const char *start;
	va_list ap;

	/* A copy can be passed by address; the parameter itself cannot. */
	va_copy(ap, list);
	while (*format != '\0') {
		if (*format != '%') {
			out_char(&out, *format++);
			continue;
		}
		start = format++;
		spec_parse(&spec, &format, &ap);
		if (out_conversion(&out, &spec, *format, &ap)) {
			format++;
			continue;
		}
		while (start < format)
			out_char(&out, *start++);
	}
	va_end(ap);
	if (size > 0)
		buf[out.len < size ? out.len : size - 1] = '\0';
	return (out.len);
}

size_t
_bas_fmt(char *buf, size_t size, const char *format, ...)
{
	va_list ap;
	size_t len;

	va_start(ap, format);
	len = _bas_vfmt(buf, size, format, ap);
	va_end(ap);
	return (len);
}
