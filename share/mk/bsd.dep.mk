# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# What a rebuild must notice.  Included last, when these are known:
#
# OBJS		every object of the directory
# LINKED	what is linked from them

# `flags' and `objects' are touched only when what they say has changed, so an
# option or a file that comes or goes rebuilds what it should and nothing else.
_FLAGS=		${_CC} ${_CXX} ${SANITIZE} ${OBJS:T:R:@o@${CFLAGS.${o}} ${CFLAGS.${o}.c} ${CXXFLAGS.${o}}@}
_OBJECTS=	${OBJS} ${LDFLAGS} ${LDADD} ${LINKED:@l@${LDFLAGS.${l}} ${LDADD.${l}}@}
_STAMP!=	cd ${.OBJDIR:Q} && \
		stamp() { echo "$$2" | cmp -s - "$$1" || echo "$$2" >"$$1"; }; \
		stamp flags ${_FLAGS:M*:Q}; stamp objects ${_OBJECTS:M*:Q}

.if !empty(OBJS)
${OBJS}: flags
.endif
.if !empty(LINKED)
${LINKED}: objects
.endif

.for o in ${OBJS}
.if exists(${.OBJDIR}/${o:R}.d)
.include "${.OBJDIR}/${o:R}.d"
.endif
.endfor
