# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# SUBDIR		directories to make the same target in
# SUBDIR_TARGETS	the targets that go down
# SUBDIR_DEPEND_x	directories that must be done before x

.include "sys.mk"

SUBDIR_TARGETS?=	all install

.for t in ${SUBDIR_TARGETS}
.for d in ${SUBDIR}
${t}: ${t}-${d}
${t}-${d}: .PHONY ${SUBDIR_DEPEND_${d}:@p@${t}-${p}@}
	@cd ${.CURDIR}/${d} && ${MAKE} ${t}
.endfor
${t}: .PHONY
.endfor
