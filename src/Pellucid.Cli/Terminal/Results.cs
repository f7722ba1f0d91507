using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pellucid.Cli.Look;
using Pellucid.Cli.Look.Features;
using Pellucid.Cli.Tour;
using Pellucid.Cli.Words;

namespace Pellucid.Cli.Terminal;

/// <summary>How records of results become JSON: fields by the names of properties, in snake case; null for what is no number.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(Finite<double>), typeof(Finite<float>)])]
[JsonSerializable(typeof(AblatedModel))]
[JsonSerializable(typeof(AnalogyAnswer))]
[JsonSerializable(typeof(AnsweredRelation))]
[JsonSerializable(typeof(AttributedDifference))]
[JsonSerializable(typeof(ClozeAnswers))]
[JsonSerializable(typeof(ComparedSenses))]
[JsonSerializable(typeof(ConvertedModel))]
[JsonSerializable(typeof(ConvertedTokenizer))]
[JsonSerializable(typeof(DecodedText))]
[JsonSerializable(typeof(DifferentModel))]
[JsonSerializable(typeof(DividedLabour))]
[JsonSerializable(typeof(DrawnFile))]
[JsonSerializable(typeof(EncodedText))]
[JsonSerializable(typeof(EvaluatedLoss))]
[JsonSerializable(typeof(EvaluatedVectors))]
[JsonSerializable(typeof(FoundBias))]
[JsonSerializable(typeof(FoundMemories))]
[JsonSerializable(typeof(FoundPairCircuit))]
[JsonSerializable(typeof(JoinedPhrases))]
[JsonSerializable(typeof(LensResult))]
[JsonSerializable(typeof(MeasuredCircuit))]
[JsonSerializable(typeof(MeasuredFeatures))]
[JsonSerializable(typeof(MeasuredPaths))]
[JsonSerializable(typeof(NamedFeatures))]
[JsonSerializable(typeof(NearWords))]
[JsonSerializable(typeof(NotVerified))]
[JsonSerializable(typeof(OddWord))]
[JsonSerializable(typeof(PatchedCells))]
[JsonSerializable(typeof(PlannedMemory))]
[JsonSerializable(typeof(ProbedModel))]
[JsonSerializable(typeof(PulledGguf))]
[JsonSerializable(typeof(PulledModel))]
[JsonSerializable(typeof(RenderedText))]
[JsonSerializable(typeof(SeenCheckpoints))]
[JsonSerializable(typeof(SeenHeads))]
[JsonSerializable(typeof(SeenIntervention))]
[JsonSerializable(typeof(ShownFeatures))]
[JsonSerializable(typeof(ShownGguf))]
[JsonSerializable(typeof(ShownKeys))]
[JsonSerializable(typeof(ShownModel))]
[JsonSerializable(typeof(SortedWords))]
[JsonSerializable(typeof(TextsAlike))]
[JsonSerializable(typeof(ToldBeliefs))]
[JsonSerializable(typeof(TrialRecord))]
[JsonSerializable(typeof(TourNumbers))]
[JsonSerializable(typeof(TracedGraph))]
[JsonSerializable(typeof(TrainedFeatures))]
[JsonSerializable(typeof(TrainedLayers))]
[JsonSerializable(typeof(TrainedTokenizer))]
[JsonSerializable(typeof(TrainedVectors))]
[JsonSerializable(typeof(VerifiedModel))]
[JsonSerializable(typeof(WordsMap))]
[JsonSerializable(typeof(WrittenLogits))]
internal sealed partial class Results : JsonSerializerContext;

/// <summary>A number where it is one, in its own shortest digits; JSON has no word for others.</summary>
internal sealed class Finite<TNumber> : JsonConverter<TNumber> where TNumber : struct, IFloatingPointIeee754<TNumber>
{
    public override TNumber Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? TNumber.NaN : TNumber.Parse(reader.ValueSpan, CultureInfo.InvariantCulture);

    public override void Write(Utf8JsonWriter writer, TNumber value, JsonSerializerOptions options)
    {
        if (!TNumber.IsFinite(value))
            writer.WriteNullValue();
        else if (value is float single)
            writer.WriteNumberValue(single);
        else
            writer.WriteNumberValue(double.CreateChecked(value));
    }
}
