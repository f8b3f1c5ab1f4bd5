/** A number in `observer_config.json` that is not a limit of a service. */
export interface SettingDefinition {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** Whether fractions are refused. */
  readonly whole: boolean;
  readonly description: string;
}

export interface SectionDefinition {
  readonly description: string;
  readonly settings: Readonly<Record<string, SettingDefinition>>;
}

/** A setting without fractions. */
export const whole = (value: number, min: number, max: number, description: string): SettingDefinition => ({
  default: value,
  min,
  max,
  whole: true,
  description,
});
export const fraction = (
  value: number,
  min: number,
  max: number,
  description: string,
): SettingDefinition => ({
  default: value,
  min,
  max,
  whole: false,
  description,
});
