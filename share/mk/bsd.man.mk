# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Every manN/x.N below the directory is a manual page, installed under its own
# name and under each other name that its NAME section gives.

.include "bsd.init.mk"

MAN!=		cd ${.CURDIR} && ls man[1-9]/*.[1-9] 2>/dev/null || :

all:
install: .PHONY
.for m in ${MAN}
	${HUSH}${INSTALL} -d ${DESTDIR}${MANDIR}/${m:H}
	${HUSH}${INSTALL} -m 644 ${.CURDIR}/${m} ${DESTDIR}${MANDIR}/${m}
	${HUSH}awk '/^\.Sh/ { on = $$2 == "NAME" } on && $$1 == ".Nm" { print $$2 }' \
	    ${.CURDIR}/${m} | while read -r name; do \
		[ -e ${.CURDIR}/${m:H}/$$name.${m:E} ] || \
		    ln -sf ${m:T} ${DESTDIR}${MANDIR}/${m:H}/$$name.${m:E}; \
	done
.endfor
