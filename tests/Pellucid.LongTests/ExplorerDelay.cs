using Microsoft.Playwright;
using Pellucid.Models;

namespace Pellucid.LongTests;

/// <summary>How long a reader of <c>pellucid explore</c> waits, in a real browser:
/// from the click to the frame that shows what the model says now.</summary>
internal static class ExplorerDelay
{
    private const int Rounds = 9;

    // Clicks, then waits until what is watched is another, and until that has been painted.
    private const string Measure = """
        async ([button, watched]) => {
            const look = () => watched === "matrix" ? window.matrices : document.querySelector(watched)?.outerHTML ?? "";
            const before = look(), begun = performance.now();
            document.querySelector(button).click();
            while (look() === before)
                await new Promise(resolve => setTimeout(resolve, 1));
            await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve, 0)));
            return performance.now() - begun;
        }
        """;

    // A canvas that is drawn anew is given its size anew.
    private const string CountMatrices = """
        () => {
            window.matrices = 0;
            const canvas = document.querySelector(".matrix canvas");
            new MutationObserver(() => window.matrices++).observe(canvas, { attributes: true, attributeFilter: ["width"] });
        }
        """;

    public static async Task<int> RunAsync(string preset, int context, int tokens, int threads)
    {
        var config = (GptPresets.Find(preset) ?? throw new ArgumentException($"there is no preset {preset}")) with { Context = context };
        using var server = new RandomModelServer(config, "explore", "--threads", $"{threads}");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LongBrowser.LaunchAsync(playwright);
        var text = string.Concat(Enumerable.Repeat("When Mary and John went to the park, ", 1 + tokens / 36))[..tokens];
        var wrong = 0;
        wrong += await TellAsync("prediction", "predict", 200, "li[data-token]");
        wrong += await TellAsync("flow: the way of the text and the next word", "flow", 200, "[data-picture=flow] .flow-scroll");
        wrong += await TellAsync("flow: attention of a block, down to its numbers", "flow&stage=attention.3", 200,
            "[data-picture=flow] .flow-scroll");
        wrong += await TellAsync("all heads and the large one", "attention", 200, "matrix");
        wrong += await TellAsync("lens grid at block outputs", "layers", 350,
            $"[data-cell=\"resid_post {config.Layers - 1} {tokens - 1}\"]");
        await TellAsync("lens grid with mid-residuals", "layers&midway=yes", null,
            $"[data-cell=\"resid_post {config.Layers - 1} {tokens - 1}\"]");
        return wrong == 0 ? 0 : 1;

        // A head goes off and on again by redo and undo, as a reader does it.
        async Task<int> TellAsync(string what, string panel, double? bar, string watched)
        {
            var page = await browser.NewPageAsync(
                new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 900 } });
            page.SetDefaultTimeout(120_000);
            await page.GotoAsync(
                $"{server.Address}?panel={panel}&text={Uri.EscapeDataString(text)}&change=3.0%3D0&change=m5%3D0&lang=en&theme=light");
            await page.Locator(watched == "matrix" ? ".matrix canvas" : watched).First
                .WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Attached });
            await page.WaitForTimeoutAsync(1000);
            if (watched == "matrix")
                await page.EvaluateAsync(CountMatrices);
            var times = new List<double> { await page.EvaluateAsync<double>(Measure, (string[])[".changes button", watched]) };
            for (var round = 0; round < Rounds; round++)
                times.Add(await page.EvaluateAsync<double>(Measure,
                    (string[])[$"button[aria-label={(round % 2 == 0 ? "Undo" : "Redo")}]", watched]));
            await page.CloseAsync();
            var median = times.Skip(1).Order().ElementAt(Rounds / 2);
            Console.WriteLine($"{what}: {median:N0} ms after an intervention, median of {Rounds} (from {times.Skip(1).Min():N0} to "
                + $"{times.Skip(1).Max():N0}){(bar is null ? "" : $"; the bar is {bar} ms")}");
            return bar is null || median <= bar ? 0 : 1;
        }
    }
}
