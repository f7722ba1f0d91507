using Microsoft.JSInterop;

namespace Pellucid.Web.Explorer;

/// <summary>Neurons of the model that a reader keeps an eye on; the browser keeps them, a list for each model.</summary>
internal sealed class KeptNeurons
{
    private readonly IJSRuntime _js;
    private readonly Session _session;
    private readonly List<(int Layer, int Index)> _neurons = [];
    private bool _isLoaded;

    public KeptNeurons(IJSRuntime js, Session session)
    {
        (_js, _session) = (js, session);
        session.ModelChanged += () => _isLoaded = false;
    }

    public IReadOnlyList<(int Layer, int Index)> Neurons => _neurons;

    /// <summary>Told when there is another one, or one fewer.</summary>
    public event Action? Changed;

    private string Key => $"neurons-{_session.ModelName}";

    /// <summary>Reads what the browser has kept; what this model does not have is left out.</summary>
    public async Task LoadAsync()
    {
        if (_isLoaded)
            return;
        _isLoaded = true;
        _neurons.Clear();
        var words = await _js.InvokeAsync<string?>("pellucid.recall", Key) ?? "";
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (word.Split('.') is [var layer, var index] && int.TryParse(layer, out var l) && int.TryParse(index, out var i)
                && (uint)l < _session.Config.Layers && (uint)i < _session.Config.FeedForwardWidth && !_neurons.Contains((l, i)))
                _neurons.Add((l, i));
        Changed?.Invoke();
    }

    /// <summary>Keeps one, or takes it off.</summary>
    public async Task SwitchAsync(int layer, int index)
    {
        await LoadAsync();
        if (!_neurons.Remove((layer, index)))
            _neurons.Add((layer, index));
        Changed?.Invoke();
        await _js.InvokeAsync<bool>("pellucid.tryRemember", Key,
            string.Join(' ', _neurons.Select(neuron => $"{neuron.Layer}.{neuron.Index}")));
    }
}
