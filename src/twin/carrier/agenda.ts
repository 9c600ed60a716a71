/** What a twin has to do and when: a binary heap of appointments, so that hundreds of calls share one timer. */

/** Something that happens at a time, again and again if it asks for it. Made once and put on the agenda many times. */
export class Appointment {
  /** When it is due, on the agenda's own clock. Only the agenda writes it. */
  atMs = 0
  /** Its place in the heap; -1 when it is not on the agenda. Only the agenda writes it. */
  place = -1
  /** @param dueMs when it should have happened, which is not later than now and may be long ago after a stop of the process */
  readonly run: (dueMs: number) => void

  constructor(run: (dueMs: number) => void) {
    this.run = run
  }
}

/** Pure: time is an argument. Adding, moving and running allocate nothing once the heap has grown to its size. */
export class Agenda {
  readonly #heap: Appointment[] = []

  /** When the next appointment is due; Infinity when there is none. */
  get nextMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY
  }

  /** Puts an appointment on the agenda, or moves it when it is there already. */
  add(appointment: Appointment, atMs: number): void {
    appointment.atMs = atMs
    if (appointment.place < 0) {
      appointment.place = this.#heap.length
      this.#heap.push(appointment)
    }
    this.#settle(appointment)
  }

  remove(appointment: Appointment): void {
    const hole = appointment.place
    if (hole < 0) return
    appointment.place = -1
    const last = this.#heap.pop()!
    if (last === appointment) return
    last.place = hole
    this.#heap[hole] = last
    this.#settle(last)
  }

  /**
   * Runs, in the order of their times, all appointments due by now, also those that are added on the way: one that comes
   * every 20 ms and is 50 ms late runs three times, which is how a late tick is caught up.
   */
  runDue(nowMs: number): void {
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= nowMs; first = this.#heap[0]) {
      const dueMs = first.atMs
      this.remove(first)
      first.run(dueMs)
    }
  }

  #settle(appointment: Appointment): void {
    const heap = this.#heap
    let place = appointment.place
    while (place > 0) {
      const parent = heap[(place - 1) >> 1]!
      if (parent.atMs <= appointment.atMs) break
      heap[place] = parent
      parent.place = place
      place = (place - 1) >> 1
    }
    for (;;) {
      const left = 2 * place + 1
      if (left >= heap.length) break
      const right = left + 1
      const child = right < heap.length && heap[right]!.atMs < heap[left]!.atMs ? right : left
      if (heap[child]!.atMs >= appointment.atMs) break
      const risen = heap[child]!
      heap[place] = risen
      risen.place = place
      place = child
    }
    heap[place] = appointment
    appointment.place = place
  }
}
