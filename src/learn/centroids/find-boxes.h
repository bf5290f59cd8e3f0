#pragma once
#include <stdint.h>

namespace impulsekit {
namespace learn {

/** Whether two boxes are of one class and overlap or touch, at corners too. */
template <class Box>
inline bool belongTogether(const Box& a, const Box& b) {
  return a.label == b.label && a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height &&
         b.y <= a.y + a.height;
}

/** The smallest box around two. */
template <class Box>
inline Box around(const Box& a, const Box& b) {
  const int32_t right = a.x + a.width > b.x + b.width ? a.x + a.width : b.x + b.width;
  const int32_t bottom = a.y + a.height > b.y + b.height ? a.y + a.height : b.y + b.height;
  Box box = a;
  box.x = a.x < b.x ? a.x : b.x;
  box.y = a.y < b.y ? a.y : b.y;
  box.width = right - box.x;
  box.height = bottom - box.y;
  box.score = a.score > b.score ? a.score : b.score;
  return box;
}

/** Adds a box to boxes that do not belong together, so that this stays true; gives their number. */
template <class Box>
inline int32_t addBox(Box box, Box* boxes, int32_t count, int32_t capacity) {
  for (int32_t i = 0; i < count;) {
    if (!belongTogether(box, boxes[i])) {
      ++i;
      continue;
    }
    box = around(box, boxes[i]);
    boxes[i] = boxes[--count];
    i = 0;
  }
  if (count < capacity) {
    boxes[count] = box;
    return count + 1;
  }
  int32_t weakest = 0;
  for (int32_t i = 1; i < count; ++i) {
    if (boxes[i].score < boxes[weakest].score) weakest = i;
  }
  if (count > 0 && boxes[weakest].score < box.score) boxes[weakest] = box;
  return count;
}

/** Highest score first; equal ones row by row from the top left, then by class. */
template <class Box>
inline bool comesBefore(const Box& a, const Box& b) {
  if (a.score > b.score || a.score < b.score) return a.score > b.score;
  if (a.y != b.y) return a.y < b.y;
  return a.x != b.x ? a.x < b.x : a.label < b.label;
}

/**
 * Joins cells of one class that touch, at corners too, into boxes: the smallest around them, with their highest score.
 * Boxes that come to touch by growing are joined as well, so that the result does not depend on the order of cells.
 *
 * cells [kRows, kColumns, 1 + kLabels], the background first -> boxes in pixels of an image of kHeight x kWidth, highest
 * score first; gives their number. When there are more than `capacity` at any time, those with the lowest scores go.
 */
template <int32_t kRows, int32_t kColumns, int32_t kLabels, int32_t kHeight, int32_t kWidth, class Box>
inline int32_t findBoxes(const float* cells, float minScore, Box* boxes, int32_t capacity) {
  int32_t count = 0;
  for (int32_t y = 0; y < kRows; ++y) {
    for (int32_t x = 0; x < kColumns; ++x) {
      ++cells;
      for (int32_t label = 0; label < kLabels; ++label, ++cells) {
        if (!(*cells >= minScore)) continue;
        Box cell;
        cell.label = label;
        cell.x = x;
        cell.y = y;
        cell.width = 1;
        cell.height = 1;
        cell.score = *cells;
        count = addBox(cell, boxes, count, capacity);
      }
    }
  }
  for (int32_t i = 1; i < count; ++i) {
    const Box box = boxes[i];
    int32_t at = i;
    for (; at > 0 && comesBefore(box, boxes[at - 1]); --at) boxes[at] = boxes[at - 1];
    boxes[at] = box;
  }
  for (int32_t i = 0; i < count; ++i) {
    Box& box = boxes[i];
    const int32_t right = ((box.x + box.width) * kWidth + kColumns - 1) / kColumns;
    const int32_t bottom = ((box.y + box.height) * kHeight + kRows - 1) / kRows;
    box.x = box.x * kWidth / kColumns;
    box.y = box.y * kHeight / kRows;
    box.width = right - box.x;
    box.height = bottom - box.y;
  }
  return count;
}

}  // namespace learn
}  // namespace impulsekit
