using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Web.Explorer;

namespace Pellucid.Cli.Tour;

/// <summary>What a reader can do at the end of a chapter: a command, and a place in the explorer.</summary>
/// <param name="Command">To be typed.</param>
/// <param name="Explore">Starts the explorer.</param>
/// <param name="State">What it shows then.</param>
internal sealed record TryIt(string Command, string Explore, ExplorerState State)
{
    private const string Gift = "When Mary and John went to the store, John gave a drink to", Capital = "The capital of Poland is";

    /// <summary>Where the explorer listens when nothing else is asked for.</summary>
    private const string Server = "http://127.0.0.1:8080/";

    public string Address => Server + State.ToQuery();

    /// <summary>Of a chapter.</summary>
    /// <param name="chapter">Its number, such as <c>04</c>.</param>
    /// <param name="path">The model.</param>
    /// <param name="config">Its shape.</param>
    /// <param name="head">The head that the chapter found, where it has one.</param>
    public static TryIt Of(string chapter, string path, GptConfig config, Component? head = null)
    {
        var model = path.Contains(' ', StringComparison.Ordinal) ? $"\"{path}\"" : path;
        var explore = $"pellucid explore {model}";
        var shown = ChapterExample.Of(chapter);
        if (head is { } found)
            shown = shown with { Panel = PanelName.Attention, Layer = found.Layer, Head = found.Head };
        string[] upper = [.. Enumerable.Range(0, config.Layers).TakeLast(2).Select(layer => $"m{layer}=0")];
        return chapter switch
        {
            "01" => new($"pellucid words near {model} cat", explore, shown),
            "02" => new($"pellucid look senses {model}", explore, shown),
            "03" => new($"pellucid look lens {model} \"{Capital}\"", explore, shown),
            "04" => new($"pellucid look attention {model} \"{AttentionChapter.Example}\"", explore, shown),
            "05" => new($"pellucid look attribute {model} \"{Gift}\" --answer \" Mary\" --wrong \" John\"", explore, shown),
            "06" => new($"pellucid look memories {model} --search sugar", explore, shown),
            "07" => new($"pellucid look relation {model} --task capitals", explore, shown),
            "08" => new($"pellucid look intervene {model} \"{Capital}\" --change {string.Join(' ', upper)}", explore,
                shown with { Changes = [.. upper.Select(Intervention.Parse)] }),
            "09" => new("pellucid train --data micro-world --steps 300 --out runs/first", $"{explore} --run runs/first", shown),
            "10" => new($"pellucid evaluate beliefs {model}", explore, shown),
            _ => new($"pellucid chat {model}", explore, shown),
        };
    }
}
