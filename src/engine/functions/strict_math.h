// Exponentials and logarithms as java.lang.StrictMath gives them, bit for bit. StrictMath is defined by the
// algorithms of fdlibm, whose results may be one unit in the last place off the true ones: no C library gives
// the same, and an answer of Spark depends on them. Pure functions; they take NaN, infinities and zeros as
// Java does.
//
// The algorithms and their constants are those of fdlibm 5.3: "Copyright (C) 1993-2004 by Sun Microsystems,
// Inc. All rights reserved. Permission to use, copy, modify, and distribute this software is freely granted,
// provided that this notice is preserved."
#pragma once

namespace hearth::engine {

double StrictExp(double x);
double StrictLog(double x);  // NaN below zero, minus infinity for zero
double StrictLog10(double x);
double StrictPow(double base, double exponent);

}  // namespace hearth::engine
