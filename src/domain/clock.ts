/** Time as the program sees it: the calendar for what is stored, the monotonic clock for what is waited for. */
export interface Clock {
  /** Epoch ms; may jump. */
  now(): number;
  /** Ms since some start; never jumps. */
  monotonicMs(): number;
}
