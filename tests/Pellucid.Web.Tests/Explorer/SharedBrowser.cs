using Microsoft.Playwright;
using Pellucid.Web.Tests.Explorer;

[assembly: AssemblyFixture(typeof(SharedBrowser))]

namespace Pellucid.Web.Tests.Explorer;

/// <summary>One browser and one trained model for all tests of pages; there are none before the first test that asks.</summary>
public sealed class SharedBrowser : IAsyncDisposable
{
    /// <summary>How long a page may take to show anything, in ms: what else a machine does may stop it for seconds.</summary>
    public const float LongestWait = 60_000;

    private readonly SemaphoreSlim _one = new(1);
    private readonly string _folder = Directory.CreateTempSubdirectory("pellucid-").FullName;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The browser at that path, and in a folder a copy of the model, which is trained the first time.</summary>
    public async Task<IBrowser> OpenAsync(string path, string copy, Action<string> train)
    {
        await _one.WaitAsync();
        try
        {
            var model = Path.Combine(_folder, "model");
            if (_browser is null)
            {
                train(model);
                Assertions.SetDefaultExpectTimeout(LongestWait);
                _playwright = await Playwright.CreateAsync();
                _browser = await _playwright.Chromium.LaunchAsync(
                    new BrowserTypeLaunchOptions { ExecutablePath = path, Args = ["--no-sandbox"] });
            }
            foreach (var file in Directory.GetFiles(model, "*", SearchOption.AllDirectories))
            {
                var place = Path.Combine(copy, Path.GetRelativePath(model, file));
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                File.Copy(file, place);
            }
            return _browser;
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        _one.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
