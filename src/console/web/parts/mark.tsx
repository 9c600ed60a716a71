/** The sign of Earshot: three strokes that were heard, and one that was not. */

export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d="M3 8.500v3M7.500 5v10M12 7.500v5" />
      <path className="mark-unheard" d="M16.500 8.500v3" />
    </svg>
  )
}
