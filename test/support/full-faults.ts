/** Whether the long forms run: every cell and every call instead of a chosen few. */
export const isFull = process.env.FULL_FAULTS === '1';
