using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;
using Pellucid.Models;

namespace Pellucid.LongTests;

/// <summary>What a reader of <c>pellucid explore</c> is told who opens each panel on a large model: that it shows what it shows, or what it
/// is doing and how to stop it, or why it cannot.</summary>
internal static class ExplorerPatience
{
    private static readonly string[] Panels =
        ["flow", "flow&stage=feed-forward.3", "predict", "layers", "attention", "neurons", "features", "intervene", "words", "experiments"];

    private const double MostSilence = 3, MostUntilStopped = 5;

    // What is there: an answer, a message, a question that waits with its button, or nothing but a bar.
    private const string Look = """
        () => document.querySelector(".mud-tabs-panels [role=alert]") ? "refused"
            : document.querySelector(".mud-tabs-panels .card h2")
                && !document.querySelector(".mud-tabs-panels .mud-progress-linear-indeterminate, [data-value=waiting]") ? "shown"
            : document.querySelector("[data-value=waiting]") ? "waiting" : "silent"
        """;

    public static async Task<int> RunAsync(string preset, int context, int threads, int patience)
    {
        var config = (GptPresets.Find(preset) ?? throw new ArgumentException($"there is no preset {preset}")) with { Context = context };
        using var server = new RandomModelServer(config, "explore", "--threads", $"{threads}");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LongBrowser.LaunchAsync(playwright);
        var wrong = 0;
        foreach (var panel in Panels)
        {
            var page = await browser.NewPageAsync();
            await page.GotoAsync($"{server.Address}?panel={panel}&text=a+b+c+d+e+f+g+h&lang=en&theme=light");
            await page.Locator(".mud-tabs-panels").WaitForAsync(new LocatorWaitForOptions { Timeout = 300_000 });
            var (clock, silent, last, told) = (Stopwatch.StartNew(), 0.0, 0.0, "");
            while (clock.Elapsed.TotalSeconds is var now && now < patience)
            {
                var state = await page.EvaluateAsync<string>(Look);
                if (state == "silent")
                    silent = Math.Max(silent, now - last);
                else
                    last = now;
                told = state;
                if (state is "shown" or "refused")
                    break;
                await page.WaitForTimeoutAsync(100);
            }
            var took = clock.Elapsed.TotalSeconds;
            var stopped = double.NaN;
            if (told == "waiting")
            {
                clock.Restart();
                await page.Locator("[data-step=stop]").ClickAsync();
                await page.Locator("[data-value=stopped]").WaitForAsync(new LocatorWaitForOptions { Timeout = 120_000 });
                stopped = clock.Elapsed.TotalSeconds;
            }
            var isRight = silent <= MostSilence && !(stopped > MostUntilStopped);
            wrong += isRight ? 0 : 1;
            var ended = double.IsNaN(stopped) ? ""
                : string.Create(CultureInfo.InvariantCulture, $", stopped {stopped:0.0} s after the button");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{panel}: {told} after {took:0.0} s, at most {silent:0.0} s "
                + $"without a word{ended}{(isRight ? "" : "  MISSED")}"));
            await page.CloseAsync();
        }
        return wrong;
    }
}
