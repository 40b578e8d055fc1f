import type { Activity, CoordinatorView } from '../../contract/state.js';

type News = Pick<Activity, 'severity' | 'kind' | 'message'>;

/** What changed for the worse, or is good again, between two looks. The first look tells nothing: it is not news. */
export function verdictNews(before: CoordinatorView | null, now: CoordinatorView): readonly News[] {
  if (before === null) return [];
  return now.arms.flatMap(({ arm, verdict }): News[] => {
    const was = before.arms.find((one) => one.arm === arm)?.verdict ?? null;
    const isBad = verdict?.state === 'underperforming';
    const wasBad = was?.state === 'underperforming';
    if (verdict !== null && isBad && !wasBad) return [{ severity: 'warning', kind: 'arm-underperforming', message: verdict.text }];
    if (verdict !== null && wasBad && !isBad) return [{ severity: 'info', kind: 'arm-recovered', message: `No longer proved worse: ${verdict.text}` }];
    return [];
  });
}
