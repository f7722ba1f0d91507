using Microsoft.Playwright;

namespace Pellucid.LongTests;

/// <summary>The Chromium that the machine has, without a window.</summary>
internal static class LongBrowser
{
    public static Task<IBrowser> LaunchAsync(IPlaywright playwright) => playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
    {
        ExecutablePath = Environment.GetEnvironmentVariable("PELLUCID_CHROMIUM") ?? "/usr/bin/chromium",
        Args = ["--no-sandbox"],
    });
}
