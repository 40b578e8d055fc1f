import { Notification } from 'electron';
import type { Clock, Timer } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import type { StateStore } from '../supervisor/state/state-store.js';
import { freshNotificationMemory, type Notice, type NotificationMemory, notificationPlan, type Place, troublesOf } from './notification-plan.js';
import { freshQuestionMemory, type QuestionMemory, questionPlan } from './question-plan.js';

export interface NotificationsOptions {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly icon: string;
  /** From the config (`notifications.desktop`), asked each time since it may change while running. */
  readonly enabled: () => boolean;
  readonly onClick: (place?: Place) => void;
}

/** Native notifications for a person who does not look at the window: what went down, and the all-clear. */
export class Notifications {
  readonly #options: NotificationsOptions;
  /** Kept until closed: one that is collected as garbage no longer answers a click. */
  readonly #shown = new Set<Notification>();
  #memory: NotificationMemory = freshNotificationMemory;
  #questions: QuestionMemory = freshQuestionMemory;
  #askAgain: Timer | undefined;
  #again: Timer | undefined;
  #off: (() => void) | undefined;

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  start(): void {
    const { off } = this.#options.state.subscribe((publication) => {
      if (publication.kind !== 'change') return;
      if (publication.slice === 'health' || publication.slice === 'processes' || publication.slice === 'schedules') this.#look();
      if (publication.slice === 'approvals') this.#asked();
    }, 'part');
    this.#off = off;
  }

  stop(): void {
    this.#off?.();
    this.#again?.cancel();
    this.#askAgain?.cancel();
    for (const notification of this.#shown) notification.close();
    this.#shown.clear();
  }

  /** Shows one at once, outside the plan: an answer to something the person just did. */
  say(title: string, body: string): void {
    this.#show({ kind: 'clear', title, body });
  }

  /** One notification for what was asked since the last look; never more often than it takes to read one. */
  #asked(): void {
    const { state, clock } = this.#options;
    const { memory, show, againInMs } = questionPlan(this.#questions, state.state.approvals.pending, clock.monoMs());
    this.#questions = memory;
    this.#askAgain?.cancel();
    this.#askAgain = againInMs === null ? undefined : clock.after(againInMs, () => this.#asked());
    if (show !== null && this.#options.enabled()) this.#show(show);
  }

  #look(): void {
    const { state, clock } = this.#options;
    const { memory, show, againInMs } = notificationPlan(this.#memory, troublesOf(state.state), clock.monoMs());
    this.#memory = memory;
    this.#again?.cancel();
    this.#again = againInMs === null ? undefined : clock.after(againInMs, () => this.#look());
    if (show !== null && this.#options.enabled()) this.#show(show);
  }

  #show(notice: Notice): void {
    const { icon, log, onClick } = this.#options;
    log.info('notification', { kind: notice.kind, title: notice.title, body: notice.body });
    if (!Notification.isSupported()) return;
    // The all-clear takes the place of what it answers.
    if (notice.kind === 'clear') for (const earlier of this.#shown) earlier.close();
    const notification = new Notification({ title: notice.title, body: notice.body, icon, urgency: notice.kind === 'clear' ? 'normal' : 'critical' });
    this.#shown.add(notification);
    const forget = (): void => void this.#shown.delete(notification);
    notification.on('click', () => {
      forget();
      onClick(notice.place);
    });
    notification.on('close', forget);
    notification.on('failed', forget);
    notification.show();
  }
}
