import { Monitor, Moon, Sun } from 'lucide-react';
import { type Theme, themes } from '../../client/theme.js';
import { useTheme } from '../../client/use-theme.js';
import { Button } from '../Button.js';

const looks: Readonly<Record<Theme, { readonly Icon: typeof Sun; readonly name: string }>> = {
  system: { Icon: Monitor, name: 'as the system' },
  light: { Icon: Sun, name: 'light' },
  dark: { Icon: Moon, name: 'dark' },
};

/** Steps through the themes; Settings shows them side by side. */
export function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  const { Icon, name } = looks[theme];
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
  return (
    <Button
      look="quiet"
      size="small"
      icon={<Icon size={16} aria-hidden="true" />}
      aria-label={`Theme: ${name}. Change to ${looks[next].name}`}
      title={`Theme: ${name}`}
      onClick={() => setTheme(next)}
    />
  );
}
