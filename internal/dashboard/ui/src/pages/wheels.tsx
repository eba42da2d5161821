export function WheelsPage() { return null; }
