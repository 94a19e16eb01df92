/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdarg.h>
#include <string.h>

#include "os/os.h"
#include "util/fmt.h"
#include "util/sink.h"

static int
file_write(void *arg, const void *data, size_t len)
{

	return (_bas_os_write((int)(intptr_t)arg, data, len));
}

void
_bas_sink_begin(struct sink *sink,
    int (*write)(void *, const void *, size_t), void *arg)
{

	sink->write = write;
	sink->arg = arg;
	sink->error = 0;
	sink->len = 0;
}

void
_bas_sink_file(struct sink *sink, int fd)
{

	_bas_sink_begin(sink, file_write, (void *)(intptr_t)fd);
}

static void
sink_out(struct sink *sink, const void *data, size_t len)
{

	if (len > 0 && sink->error == 0)
		sink->error = sink->write(sink->arg, data, len);
}

int
_bas_sink_end(struct sink *sink)
{

	sink_out(sink, sink->data, sink->len);
	sink->len = 0;
	return (sink->error);
}

void
_bas_sink_put(struct sink *sink, const void *data, size_t len)
{

	if (len > sizeof(sink->data) - sink->len)
		(void)_bas_sink_end(sink);
	if (len > sizeof(sink->data)) {
		sink_out(sink, data, len);
		return;
	}
	memcpy(sink->data + sink->len, data, len);
	sink->len += len;
}

void
_bas_sink_text(struct sink *sink, const char *text)
{

	_bas_sink_put(sink, text, strlen(text));
}

void
_bas_sink_fmt(struct sink *sink, const char *format, ...)
{
	char line[SINK_LINE];
	va_list ap;
	size_t len;

	va_start(ap, format);
	len = _bas_vfmt(line, sizeof(line), format, ap);
	va_end(ap);
	_bas_sink_put(sink, line, len < sizeof(line) ? len : sizeof(line) - 1);
}
