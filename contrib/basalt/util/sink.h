/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Bytes on their way to a file or to a filter before it: they gather in the
 * struct and leave in large pieces.  Nothing is allocated, no lock is taken
 * and errno stays.  The first error is kept, and what comes after it is
 * dropped, so a writer asks once, at the end.
 */
#ifndef BASALT_SINK_H
#define	BASALT_SINK_H

#include <stddef.h>
#include <stdint.h>

#define	SINK_SIZE	4096
/* The longest formatted piece, with the end that is not written. */
#define	SINK_LINE	512

struct sink {
	int	(*write)(void *, const void *, size_t);
	void	*arg;
	int	 error;			/* errno value; 0: none so far */
	size_t	 len;
	unsigned char data[SINK_SIZE];
};

/* write takes all of the bytes and returns 0, or an errno value. */
void	_bas_sink_begin(struct sink *sink,
	    int (*write)(void *, const void *, size_t), void *arg);
/* Into a file that is open; it is not closed in the end. */
void	_bas_sink_file(struct sink *sink, int fd);
/* What is left goes out.  0 or the first error. */
int	_bas_sink_end(struct sink *sink);

void	_bas_sink_put(struct sink *sink, const void *data, size_t len);
void	_bas_sink_text(struct sink *sink, const char *text);
/* As _bas_fmt() does; what is longer than SINK_LINE is cut. */
void	_bas_sink_fmt(struct sink *sink, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

#endif /* !BASALT_SINK_H */
