using System.Text.Json;
using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Pictures;

namespace Pellucid.Looking;

/// <summary>A head at the place where it does its work.</summary>
/// <param name="Layer">0-based.</param>
/// <param name="Head">0-based.</param>
/// <param name="Role">Where.</param>
/// <param name="Class">What it is taken for, such as <c>name mover</c>.</param>
public sealed record CircuitNode(int Layer, int Head, Role Role, string Class)
{
    /// <summary>Such as <c>9.6 END</c>.</summary>
    public string Id => $"{Layer}.{Head} {Role.Name()}";
}

/// <summary>A path that was found to matter.</summary>
/// <param name="From">Id of the sending node.</param>
/// <param name="To">Class of the receiving nodes, or <c>logits</c>.</param>
/// <param name="Part"><c>q</c>, <c>k</c> or <c>v</c>; empty for the logits.</param>
/// <param name="Effect">Change of the logit difference when the path is patched.</param>
public sealed record CircuitEdge(string From, string To, string Part, double Effect)
{
    /// <summary>Writes it as an object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("from", From);
        json.WriteString("to", To);
        json.WriteString("part", Part);
        json.WriteNumber("effect", Effect);
        json.WriteEndObject();
    }
}

/// <summary>
/// Heads and paths that together do a task, as a value: found in one model, it can be saved, drawn, and measured on
/// another.
/// </summary>
/// <param name="Layers">Layers of the model it was found in.</param>
/// <param name="Heads">Heads of a layer of it.</param>
/// <param name="Nodes">The heads.</param>
/// <param name="Edges">The paths.</param>
public sealed record Circuit(int Layers, int Heads, IReadOnlyList<CircuitNode> Nodes, IReadOnlyList<CircuitEdge> Edges)
{
    /// <summary>What paths end in.</summary>
    public const string Logits = "logits";

    /// <summary>Nodes of a class.</summary>
    public IEnumerable<CircuitNode> OfClass(string name) => Nodes.Where(node => node.Class == name);

    /// <summary>The circuit without some of its nodes.</summary>
    public Circuit Without(IReadOnlyCollection<CircuitNode> nodes) => this with { Nodes = [.. Nodes.Where(node => !nodes.Contains(node))] };

    /// <summary>Refuses a model that lacks one of its heads.</summary>
    /// <exception cref="ArgumentException">One line names the head.</exception>
    public void RequireFit(GptConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (Nodes.FirstOrDefault(node => (uint)node.Layer >= config.Layers || (uint)node.Head >= config.Heads) is { } missing)
            throw new ArgumentException($"the circuit has head {missing.Layer}.{missing.Head}; "
                + $"the model has {config.Layers} layers of {config.Heads} heads, counted from 0");
    }

    /// <summary>Writes it as JSON; whole or not at all.</summary>
    public void Save(string path) => SafeFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        WriteFields(json);
        json.WriteEndObject();
    });

    /// <summary>Writes its fields into an object.</summary>
    public void WriteFields(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteNumber("layers", Layers);
        json.WriteNumber("heads", Heads);
        json.WriteStartArray("nodes");
        foreach (var node in Nodes)
        {
            json.WriteStartObject();
            json.WriteNumber("layer", node.Layer);
            json.WriteNumber("head", node.Head);
            json.WriteString("role", node.Role.Name());
            json.WriteString("class", node.Class);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("edges");
        foreach (var edge in Edges)
            edge.Write(json);
        json.WriteEndArray();
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is not a circuit.</exception>
    public static Circuit Load(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(PlainText.ReadBytes(path), new JsonDocumentOptions { MaxDepth = 8 });
            var root = document.RootElement;
            var nodes = Field(root, "nodes").EnumerateArray().Select(node => new CircuitNode(Field(node, "layer").GetInt32(),
                Field(node, "head").GetInt32(), Roles.Parse(Text(node, "role")), Text(node, "class"))).ToList();
            var edges = Field(root, "edges").EnumerateArray().Select(edge =>
                new CircuitEdge(Text(edge, "from"), Text(edge, "to"), Text(edge, "part"), Field(edge, "effect").GetDouble())).ToList();
            if (edges.FirstOrDefault(edge => nodes.All(node => node.Id != edge.From)) is { } loose)
                throw new FormatException($"a path begins at '{Excerpt.Of(loose.From)}', which is none of its heads");
            return new Circuit(Field(root, "layers").GetInt32(), Field(root, "heads").GetInt32(), nodes, edges);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{path} is not a circuit: {Excerpt.Of(error)}", error);
        }
    }

    /// <summary>Heads by layer and role, joined by the paths between them.</summary>
    public Picture Draw(string title) => Draw(title, name => name);

    /// <summary>The same for readers of another language.</summary>
    /// <param name="title">Above.</param>
    /// <param name="nameOf">What a class of heads is called there.</param>
    public Picture Draw(string title, Func<string, string> nameOf)
    {
        var roles = Nodes.Select(node => node.Role).Append(Role.End).Distinct().Order().ToList();
        var classes = Nodes.Select(node => node.Class).Distinct().ToList();
        Ink[] inks = [Ink.Positive, Ink.Negative, Ink.Third, Ink.Fourth, Ink.Muted];
        var nodes = Nodes.Select(node => new GraphNode(node.Id, $"{node.Layer}.{node.Head} {nameOf(node.Class)}", roles.IndexOf(node.Role),
            node.Layer, inks[classes.IndexOf(node.Class) % inks.Length], node.Id))
            .Append(new GraphNode(Logits, Logits, roles.IndexOf(Role.End), Layers, Ink.Text)).ToList();
        var edges = Edges.SelectMany(edge => edge.To == Logits ? [new GraphEdge(edge.From, Logits, edge.Effect)]
            : OfClass(edge.To).Where(to => to.Layer > LayerOf(edge.From))
                .Select(to => new GraphEdge(edge.From, to.Id, edge.Effect, edge.Part))).ToList();
        return Graph.Draw(title, [.. roles.Select(role => role.Name())], nodes, edges);
    }

    private static JsonElement Field(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value : throw new FormatException($"'{name}' is missing");

    private static string Text(JsonElement element, string name) =>
        Field(element, name).GetString() ?? throw new FormatException($"'{name}' is null");

    private int LayerOf(string id) => Nodes.First(node => node.Id == id).Layer;
}
