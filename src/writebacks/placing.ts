/** What an attempt to bring something into Lever came to. */

/** `not_shown`: Lever answered with a 2xx and doesn't show it, so that it is owed still. */
export type Placing = 'done' | 'there_already' | 'gone' | 'not_shown';
