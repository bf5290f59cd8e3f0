#pragma once
#include <stdint.h>

namespace impulsekit {

/** A value on its way through an impulse; `values` are overwritten when the observer has returned. */
struct Observed {
  /** Block of the impulse. */
  const char* step;
  /** Layer of its network, or what else the value is. */
  const char* name;
  /** 'f' float, 'i' int8_t. */
  char dtype;
  int32_t rank;
  int32_t shape[4];
  const void* values;
};

typedef void (*Observer)(const Observed& observed, void* context);

/** Who is told, and of which block: a template, so that it is defined once without a source file. */
template <class T>
struct Observing {
  static Observer observer;
  static void* context;
  static const char* step;
};
template <class T>
Observer Observing<T>::observer = nullptr;
template <class T>
void* Observing<T>::context = nullptr;
template <class T>
const char* Observing<T>::step = "";

/** Tells of a value; unused dimensions are 1. */
inline void observe(const char* name, char dtype, const void* values, int32_t rank, int32_t a, int32_t b = 1,
                    int32_t c = 1, int32_t d = 1) {
  if (Observing<void>::observer == nullptr) return;
  const Observed observed = {Observing<void>::step, name, dtype, rank, {a, b, c, d}, values};
  Observing<void>::observer(observed, Observing<void>::context);
}

}  // namespace impulsekit
