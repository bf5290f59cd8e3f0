import { int, type Options, resolve, type Schema, type Values, value } from '../../params.js';

/** Who an impulse says it is. */
export interface ProjectName {
  readonly id?: number | undefined;
  readonly owner?: string | undefined;
  readonly name?: string | undefined;
  readonly deployVersion?: number | undefined;
}

const schema = {
  project: value<ProjectName>({}, 'What EI_CLASSIFIER_PROJECT_ID, _OWNER, _NAME and _DEPLOY_VERSION say.', {
    check: checkProject,
  }),
  slicesPerWindow: int(4, 'Slices that make a window, unless EI_CLASSIFIER_SLICES_PER_MODEL_WINDOW is defined.', {
    min: 1,
    max: 10,
  }),
} satisfies Schema;

export type CompatibleOptions = Options<typeof schema>;
export type CompatibleValues = Values<typeof schema>;

/** @throws `BAD_OPTION`, `UNKNOWN_OPTION` */
export function compatibleValues(where: string, options: boolean | CompatibleOptions): CompatibleValues {
  return resolve(`${where}.compatible`, schema, typeof options === 'boolean' ? {} : options);
}

function checkProject(project: unknown): string | undefined {
  const expected = 'an object with id, owner, name and deployVersion';
  if (typeof project !== 'object' || project === null) return expected;
  const whole = (v: unknown): boolean => Number.isInteger(v) && (v as number) >= 0 && (v as number) <= 0xffffffff;
  const text = (v: unknown): boolean => typeof v === 'string' && !v.includes('\0');
  const rules: Record<string, (v: unknown) => boolean> = { id: whole, owner: text, name: text, deployVersion: whole };
  const good = Object.entries(project).every(([key, v]) => v === undefined || rules[key]?.(v) === true);
  return good ? undefined : expected;
}
