/** Everything that one screen of `brood top` is drawn from. */
import type { Inspection, LogLine, Status } from '../../daemon/api.ts';
import type { Paint, Style } from '../render/colours.ts';
import { rowsOf } from '../render/rows.ts';
import type { Row } from '../render/rows.ts';
import type { Courses } from './courses.ts';
import { shownRows } from './view.ts';
import type { View } from './view.ts';

export interface Picture {
  readonly view: View;
  /** Absent: no master has answered yet, or the one that had is gone. */
  readonly status: Status | undefined;
  /** Directory of the application. */
  readonly baseDir: string;
  readonly courses: Courses;
  /** Lines of a name, or of all. */
  readonly log: (name: string | undefined) => readonly LogLine[];
  /** Of the chosen row, once it has come. */
  readonly inspection: Inspection | undefined;
  /** What an order has failed with, in full. */
  readonly notice: readonly string[];
  /** What has just happened, in one line. */
  readonly message: { readonly text: string; readonly style: Style } | undefined;
  readonly now: number;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Area {
  readonly width: number;
  readonly height: number;
  readonly paint: Paint;
}

/** A part of the screen. */
export interface Pane {
  readonly lines: readonly string[];
  /** So many more lines there are to scroll to. */
  readonly more: number;
}

export const LEAST: Size = { columns: 40, rows: 10 };

export const allRows = ({ status, now }: Pick<Picture, 'status' | 'now'>): readonly Row[] => (status === undefined ? [] : rowsOf(status, now));
export const rowsShown = (picture: Pick<Picture, 'status' | 'now' | 'view'>): readonly Row[] => shownRows(picture.view, allRows(picture));
