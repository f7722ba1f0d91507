using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using Pellucid.Tests;
using Xunit.Sdk;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>A small model, trained for a moment by the command, opened by <c>pellucid explore</c> as a process,
/// and looked at with a real browser where there is one.</summary>
public sealed class ExploredModel(SharedBrowser shared) : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pellucid-").FullName;
    private Process? _explorer, _other;
    private string _otherAddress = "";
    private readonly List<IPage> _pages = []; // of the test that runs
    private ITest? _test;
    private IBrowser? _browser;

    public string Model => Path.Combine(_folder, "model");

    public string Address { get; private set; } = "";

    /// <summary>Where pictures of the pages are kept.</summary>
    public static string Screenshots { get; } = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "screenshots")).FullName;

    public async ValueTask InitializeAsync()
    {
        if (Chromium() is not { } chromium)
            return;
        _browser = await shared.OpenAsync(chromium, Model, folder => Json("train", "--data", "indirect-object", "--tokenizer", "bpe:700",
            "--layers", "2", "--width", "32", "--heads", "2", "--context", "64", "--batch", "4", "--steps", "40", "--lr", "3e-3",
            "--keep-every", "20", "--sample-every", "20", "--out", folder, "--threads", "1"));
        (_explorer, Address) = await ExploreAsync(Model, "http://127.0.0.1:0");
    }

    /// <summary>A page on a panel, once something is shown there; without a browser the test is skipped.</summary>
    public Task<IPage> OpenAsync(string query, int width = 1280) => OpenAsync(() => Address, query, width);

    /// <summary>The same on another model, or on several with spaces between, which the command opens for it.</summary>
    public async Task<IPage> OpenAsync(string model, string query, int width = 1280)
    {
        await StartAsync(model);
        return await OpenAgainAsync(query, width);
    }

    /// <summary>Has the command open another model, or several with spaces between, instead of the other one before.</summary>
    public async Task StartAsync(string model)
    {
        SkipWithoutBrowser();
        End(_other);
        (_other, _otherAddress) = await ExploreAsync(model, "http://127.0.0.1:0");
    }

    /// <summary>Another page on the model that was opened last.</summary>
    public Task<IPage> OpenAgainAsync(string query, int width = 1280) => OpenAsync(() => _otherAddress, query, width);

    private async Task<IPage> OpenAsync(Func<string> address, string query, int width)
    {
        SkipWithoutBrowser();
        var page = await NewPageAsync(
            new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = width, Height = 900 }, AcceptDownloads = true });
        page.SetDefaultTimeout(SharedBrowser.LongestWait);
        await page.GotoAsync($"{address()}/{query}");
        await page.Locator(".card, .mud-tabs-panels [role=alert]").First.WaitForAsync();
        return page;
    }

    /// <summary>The server goes, and comes back where it was.</summary>
    public async Task RestartAsync(Func<Task> meanwhile)
    {
        End(_explorer);
        await meanwhile();
        (_explorer, Address) = await ExploreAsync(Model, Address);
    }

    /// <summary>A page that lies in a file.</summary>
    public async Task<IPage> ReadAsync(string path, ColorScheme theme, int width)
    {
        SkipWithoutBrowser();
        var page = await NewPageAsync(
            new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = width, Height = 900 }, ColorScheme = theme });
        await page.GotoAsync($"file://{path}");
        return page;
    }

    /// <summary>Keeps a picture of the whole page as test output.</summary>
    public static Task KeepAsync(IPage page, string name) =>
        page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Screenshots, name + ".png"), FullPage = true });

    /// <summary>The object that the command prints; without a browser there is no model to ask it about, and the test is skipped.</summary>
    public JsonElement Json(params string[] words)
    {
        SkipWithoutBrowser();
        using var process = Start([.. words, "--json"]);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement;
    }

    public string File(string name) => Path.Combine(_folder, name);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        End(_explorer);
        End(_other);
        Directory.Delete(_folder, recursive: true);
    }

    // Pages of a test that is over would go on working beside the next.
    private async Task<IPage> NewPageAsync(BrowserNewPageOptions options)
    {
        if (_test != TestContext.Current.Test)
            await CloseAsync();
        _test = TestContext.Current.Test;
        _pages.Add(await _browser!.NewPageAsync(options));
        return _pages[^1];
    }

    private async Task CloseAsync()
    {
        foreach (var page in _pages)
            await page.CloseAsync();
        _pages.Clear();
    }

    private static void End(Process? explorer)
    {
        explorer?.Kill();
        explorer?.WaitForExit();
        explorer?.Dispose();
    }

    internal static void SkipWithoutBrowser() =>
        Assert.SkipWhen(Chromium() is null, "there is no Chromium; install it or set PELLUCID_CHROMIUM to its path");

    private async Task<(Process Explorer, string Address)> ExploreAsync(string model, string address)
    {
        var explorer = Start(["explore", .. model.Split(' '), "--urls", address, "--threads", "1"]);
        explorer.StandardInput.Close();
        var found = "";
        while (found.Length == 0 && await explorer.StandardOutput.ReadLineAsync() is { } line)
            found = line.Split(' ')
                .Select(word => word.TrimEnd(';', ','))
                .FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal)) ?? "";
        if (found.Length == 0)
            throw new InvalidOperationException(await explorer.StandardError.ReadToEndAsync());
        // What it says later stands in the test's output: unread, it would stop the explorer once the pipe is full.
        explorer.ErrorDataReceived += (_, said) =>
        {
            if (said.Data is { } line)
                Console.Error.WriteLine($"explorer: {line}");
        };
        explorer.BeginErrorReadLine();
        _ = explorer.StandardOutput.ReadToEndAsync();
        return (explorer, found);
    }

    private Process Start(params string[] words) => Process.Start(new ProcessStartInfo("dotnet", [TestedCommand.Path, .. words])
    {
        WorkingDirectory = _folder,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        StandardOutputEncoding = Encoding.UTF8,
    })!;

    // The shell without a window needs less than half of the browser's time.
    private static string? Chromium() => new[] { Environment.GetEnvironmentVariable("PELLUCID_CHROMIUM"),
        "/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }
        .FirstOrDefault(path => System.IO.File.Exists(path));
}
