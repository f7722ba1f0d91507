using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.JSInterop;

namespace Pellucid.Web.Explorer;

/// <summary>One page of a notebook: a picture with its numbers, what it was seen on, and what the reader says of it.</summary>
/// <param name="Id">Its own.</param>
/// <param name="Title">What the picture is called.</param>
/// <param name="Model">What it was seen on.</param>
/// <param name="Weights">What that model's weights hash to.</param>
/// <param name="Experiment">The experiment as its file is written.</param>
/// <param name="Svg">The picture, light or dark as its reader is.</param>
/// <param name="Numbers">What is behind it, as JSON.</param>
internal sealed record NotebookPage(string Id, string Title, string Model, string Weights, string Experiment, string Svg, string Numbers)
{
    public string Note { get; init; } = "";
}

/// <summary>How pages are kept in the browser.</summary>
[JsonSerializable(typeof(NotebookPage))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class NotebookJson : JsonSerializerContext;

/// <summary>What a reader collects. It is kept in the browser, a page by itself; what its store has no room for stays as long as the page
/// is open.</summary>
internal sealed class Notebook(IJSRuntime js)
{
    private const string Index = "notebook";
    private const int MostKept = 900_000; // characters: what a browser may send back at once

    private readonly List<NotebookPage> _pages = [];
    private bool _isLoaded;

    public IReadOnlyList<NotebookPage> Pages => _pages;

    /// <summary>Told when there is another page, or one fewer.</summary>
    public event Action? Changed;

    /// <summary>Reads what the browser has kept, once.</summary>
    public async Task LoadAsync()
    {
        if (_isLoaded)
            return;
        _isLoaded = true;
        foreach (var id in Parse(await js.InvokeAsync<string?>("pellucid.recall", Index), NotebookJson.Default.StringArray) ?? [])
            if (Parse(await js.InvokeAsync<string?>("pellucid.recall", Key(id)), NotebookJson.Default.NotebookPage) is { } page)
                _pages.Add(page);
        Changed?.Invoke();
    }

    /// <summary>Adds a page at the end; false where the browser did not keep it.</summary>
    public async Task<bool> AddAsync(NotebookPage page)
    {
        await LoadAsync();
        _pages.Add(page);
        Changed?.Invoke();
        return await KeepAsync(page) && await KeepIndexAsync();
    }

    /// <summary>Writes what the reader says of a page.</summary>
    public async Task<bool> SayAsync(NotebookPage page, string note)
    {
        var index = _pages.IndexOf(page);
        if (index < 0)
            return true;
        _pages[index] = page with { Note = note };
        Changed?.Invoke();
        return await KeepAsync(_pages[index]);
    }

    /// <summary>Moves a page up or down.</summary>
    public async Task MoveAsync(NotebookPage page, int by)
    {
        var index = _pages.IndexOf(page);
        if (index < 0 || index + by < 0 || index + by >= _pages.Count)
            return;
        (_pages[index], _pages[index + by]) = (_pages[index + by], page);
        Changed?.Invoke();
        await KeepIndexAsync();
    }

    /// <summary>Takes a page out.</summary>
    public async Task RemoveAsync(NotebookPage page)
    {
        _pages.Remove(page);
        Changed?.Invoke();
        await js.InvokeVoidAsync("pellucid.forget", Key(page.Id));
        await KeepIndexAsync();
    }

    private static string Key(string id) => $"{Index}-{id}";

    private async Task<bool> KeepAsync(NotebookPage page)
    {
        var json = JsonSerializer.Serialize(page, NotebookJson.Default.NotebookPage);
        return json.Length <= MostKept && await js.InvokeAsync<bool>("pellucid.tryRemember", Key(page.Id), json);
    }

    private async Task<bool> KeepIndexAsync() => await js.InvokeAsync<bool>("pellucid.tryRemember", Index,
        JsonSerializer.Serialize([.. _pages.Select(page => page.Id)], NotebookJson.Default.StringArray));

    // What another version kept, or somebody else, is as if it were not there.
    private static T? Parse<T>(string? json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return json is null ? null : JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
