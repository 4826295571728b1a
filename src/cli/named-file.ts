/** Files that a command writes because an option names them. `option`: as in `doctor --report`. */
import { writeFileSync, type WriteFileOptions } from 'node:fs';
import { AppError, messageOf } from '../domain/errors.js';

export function fileTaken(file: string, option: string): AppError {
  return refusal(`The file ${file} already exists.`, option);
}

/** Throws `usage` if the file can't be written, or exists and `how` has the flag `wx`. */
export function writeNamedFile(
  file: string,
  content: string,
  option: string,
  how: WriteFileOptions = {},
): void {
  try {
    writeFileSync(file, content, how);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw fileTaken(file, option);
    throw refusal(`The file ${file} can’t be written: ${messageOf(error)}.`, option, error);
  }
}

/** The user has to name another file. */
function refusal(what: string, option: string, cause?: unknown): AppError {
  return new AppError('usage', what, `Name another: codesubmit-lever ${option} FILE`, cause);
}
