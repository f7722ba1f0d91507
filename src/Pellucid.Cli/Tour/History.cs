using System.Text.Json;
using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Pictures;

namespace Pellucid.Cli.Tour;

/// <summary>What a model could do after so many steps of training.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Loss">Training loss, averaged since the observation before.</param>
/// <param name="Gifts">Share of gift sentences, of names that never meet in training, that it ends rightly.</param>
/// <param name="GiftsDifference">There, mean logit difference of receiver and giver.</param>
/// <param name="Capitals">Share of capitals it says when asked.</param>
/// <param name="CapitalsHeldOut">The same of countries that training never asks about.</param>
/// <param name="Induction">On random tokens that repeat, the best head's attention to what came after the token before.</param>
/// <param name="ToReceiver">In gift sentences, the best head's attention from the end to the receiver.</param>
/// <param name="ToGiver">The best head's attention from the end to the giver's second mention.</param>
/// <param name="ToDuplicate">The best head's attention from that mention to the first.</param>
internal sealed record Observation(int Step, double Loss, double Gifts, double GiftsDifference, double Capitals, double CapitalsHeldOut,
    double Induction, double ToReceiver, double ToGiver, double ToDuplicate);

/// <summary>A training run as it was observed.</summary>
/// <param name="Origin">How, where and when.</param>
/// <param name="IsRecorded">Whether it came with the model, instead of being measured just now.</param>
/// <param name="Observations">In order of steps.</param>
internal sealed record History(string Origin, bool IsRecorded, IReadOnlyList<Observation> Observations)
{
    public const string FileName = "history.json";

    private static readonly (string Name, Func<Observation, double> Value)[] Fields =
    [
        ("loss", one => one.Loss), ("gifts", one => one.Gifts), ("gifts_logit_difference", one => one.GiftsDifference),
        ("capitals", one => one.Capitals),
        ("capitals_held_out", one => one.CapitalsHeldOut), ("induction", one => one.Induction), ("to_receiver", one => one.ToReceiver),
        ("to_giver", one => one.ToGiver), ("to_duplicate", one => one.ToDuplicate),
    ];

    /// <summary>What was recorded beside a model; empty where nothing was.</summary>
    public static History Of(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return new History("", true, []);
        using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 4 });
        var observations = document.RootElement.GetProperty("observations").EnumerateArray().Select(one =>
        {
            double Field(int field) => one.GetProperty(Fields[field].Name).GetDouble();
            return new Observation(one.GetProperty("step").GetInt32(), Field(0), Field(1), Field(2), Field(3), Field(4), Field(5),
                Field(6), Field(7), Field(8));
        }).ToList();
        return new History(document.RootElement.GetProperty("recorded").GetString()!, true, observations);
    }

    /// <summary>Writes it, whole or not at all.</summary>
    public void Save(string folder) => SafeFile.Write(Path.Combine(folder, FileName), stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("recorded", Origin);
        json.WriteString("model", BuiltInModel.Name);
        json.WriteStartArray("observations");
        foreach (var one in Observations)
        {
            json.WriteStartObject();
            json.WriteNumber("step", one.Step);
            foreach (var (name, value) in Fields)
                json.WriteNumber(name, Math.Round(value(one), 5));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>One number over the steps.</summary>
    public Series Series(string name, Func<Observation, double> value) =>
        new(name, [.. Observations.Select(one => ((double)one.Step, value(one)))]);
}
