import type { View } from '../view/view.js';
import { confusion } from './sections/confusion.js';
import { curves } from './sections/curves.js';
import { failures } from './sections/failures.js';
import { finals } from './sections/finals.js';
import { head } from './sections/head.js';
import { members } from './sections/members.js';
import { results } from './sections/results.js';
import { time } from './sections/time.js';
import { variants } from './sections/variants.js';
import { h } from './dom.js';

/** Builds the page: the head, and a section for each part of the view that has content. */
const view = JSON.parse(document.getElementById('view')?.textContent ?? '') as View;
const sections = [results, curves, finals, time, members, confusion, failures, variants]
  .map((section) => section(view))
  .filter((section) => section !== null);
document.body.append(head(view.head, sections), h('main', {}, ...sections));
