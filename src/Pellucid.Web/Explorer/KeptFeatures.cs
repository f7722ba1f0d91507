using System.Globalization;
using Microsoft.JSInterop;

namespace Pellucid.Web.Explorer;

/// <summary>Features that a reader keeps an eye on; the browser keeps them, a list for each model and folder of features.</summary>
internal sealed class KeptFeatures(IJSRuntime js, Session session)
{
    private readonly List<int> _features = [];
    private string _loaded = "";

    public IReadOnlyList<int> Features => _features;

    /// <summary>Told when there is another one, or one fewer.</summary>
    public event Action? Changed;

    /// <summary>Reads what the browser has kept; what is no feature of these is left out.</summary>
    public async Task LoadAsync(ExploredFeatures of)
    {
        var key = $"features-{session.ModelName}-{of.Name}";
        if (_loaded == key)
            return;
        _loaded = key;
        _features.Clear();
        var words = await js.InvokeAsync<string?>("pellucid.recall", key) ?? "";
        foreach (var word in words.Split(' '))
            if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var feature)
                && feature < of.Dictionary?.Config.Features && !_features.Contains(feature))
                _features.Add(feature);
        Changed?.Invoke();
    }

    /// <summary>Keeps one, or takes it off.</summary>
    public async Task SwitchAsync(ExploredFeatures of, int feature)
    {
        await LoadAsync(of);
        if (!_features.Remove(feature))
            _features.Add(feature);
        Changed?.Invoke();
        await js.InvokeAsync<bool>("pellucid.tryRemember", _loaded, string.Join(' ', _features));
    }
}
