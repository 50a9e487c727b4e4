/**
 * Colours as CSS variables, so that one drawing serves a light and a dark page. The series are Okabe and Ito's, darker
 * on white and lighter on black until each stands at 3:1 against the page; a test holds text at 4.5:1 and the series
 * apart under the three colour blindnesses.
 */
export const LIGHT = {
  bg: '#ffffff',
  surface: '#f4f6f8',
  ink: '#1b1f24',
  muted: '#555f69',
  grid: '#e3e6ea',
  axis: '#8b949e',
  link: '#0a58a8',
  good: '#0b6b50',
  fair: '#7a5200',
  bad: '#a8320a',
  s1: '#0072b2',
  s2: '#c4500a',
  s3: '#00663a',
  s4: '#b0609a',
  s5: '#8a6d00',
  s6: '#4a4fa3',
  s7: '#6e7781',
} as const;

export const DARK: Record<keyof typeof LIGHT, string> = {
  bg: '#0f1317',
  surface: '#1a2027',
  ink: '#e6e9ed',
  muted: '#a3adb8',
  grid: '#2b323a',
  axis: '#727c87',
  link: '#7cb9ff',
  good: '#4fd3a6',
  fair: '#e3c04b',
  bad: '#ff9a70',
  s1: '#56b4e9',
  s2: '#ff9450',
  s3: '#3fe0a4',
  s4: '#e39ccb',
  s5: '#e3c04b',
  s6: '#a7abf5',
  s7: '#98a2ad',
};

export type ColourName = keyof typeof LIGHT;

/** A colour for a drawing or a style sheet. */
export const colour = (name: ColourName): string => `var(--${name})`;

export function variables(colours: Record<ColourName, string>): string {
  return Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');
}
